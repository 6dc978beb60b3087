import { logIndex } from '../identifiers.js';
import { FAREWELL_TICKS_MAX } from '../limits.js';
import { Farewell } from './farewell.js';

describe('Farewell', () => {
  it('ends when the replica has answered a heartbeat sent after it was told', () => {
    const farewell = new Farewell(logIndex(7));
    farewell.told(logIndex(6), 3);
    expect(farewell.tick(5)).toBe(false);
    farewell.told(logIndex(7), 6);
    // This answer may be to an earlier message with the same round.
    expect(farewell.tick(6)).toBe(false);
    farewell.told(logIndex(8), 7);
    expect(farewell.tick(7)).toBe(true);
  });

  it('does not wait for a silent one for ever', () => {
    const farewell = new Farewell(logIndex(7));
    const ends = Array.from({ length: FAREWELL_TICKS_MAX }, () => farewell.tick(0));
    expect(ends.indexOf(true)).toBe(FAREWELL_TICKS_MAX - 1);
  });
});
