import { DEAD_AFTER_MS, SUSPECT_AFTER_MS } from './failure-limits.js';
import { memberStatus } from './member-status.js';

describe('memberStatus', () => {
  const LONG_MS = 60_000;

  it('goes from alive to suspect to dead with the silence', () => {
    const silences = [0, SUSPECT_AFTER_MS, SUSPECT_AFTER_MS + 1, DEAD_AFTER_MS, DEAD_AFTER_MS + 1];
    expect(silences.map((silenceMs) => memberStatus(silenceMs, silenceMs))).toEqual([
      'alive',
      'alive',
      'suspect',
      'suspect',
      'dead',
    ]);
  });

  it('is dead without any sign only to who has listened for long enough', () => {
    expect(memberStatus(null, DEAD_AFTER_MS)).toBe('suspect');
    expect(memberStatus(null, DEAD_AFTER_MS + 1)).toBe('dead');
  });

  // Breaks otherwise: a node that stood still for 10 s wakes and calls all others dead.
  it('is suspect to who was deaf just now', () => {
    expect(memberStatus(LONG_MS, 0)).toBe('suspect');
    expect(memberStatus(LONG_MS, DEAD_AFTER_MS + 1)).toBe('dead');
  });
});
