import { logIndex } from '../identifiers.js';
import { Progress } from './progress.js';

function probing(nextIndex: number): Progress {
  return new Progress(logIndex(nextIndex), { messagesMax: 3, bytesMax: 1000 });
}

/** Knows that everything up to `matchIndex` matches. */
function replicating(matchIndex: number): Progress {
  const progress = probing(matchIndex + 1);
  progress.acknowledged(logIndex(matchIndex));
  return progress;
}

function state(progress: Progress) {
  const { matchIndex, nextIndex, state: now, paused } = progress;
  return { matchIndex, nextIndex, state: now, paused };
}

describe('Progress', () => {
  it('probes with one message and waits', () => {
    const progress = probing(5);
    expect(state(progress)).toEqual({ matchIndex: 0, nextIndex: 5, state: 'probe', paused: false });
    progress.sent(logIndex(9), 100);
    expect(state(progress)).toEqual({ matchIndex: 0, nextIndex: 5, state: 'probe', paused: true });
  });

  it('probes again when a heartbeat is answered', () => {
    const progress = probing(5);
    progress.sent(logIndex(9), 100);
    progress.heartbeatAnswered();
    expect(state(progress)).toEqual({ matchIndex: 0, nextIndex: 5, state: 'probe', paused: false });
  });

  it('replicates once it knows where the logs match', () => {
    const progress = probing(5);
    progress.sent(logIndex(9), 100);
    expect(progress.acknowledged(logIndex(9))).toBe(true);
    expect(state(progress)).toEqual({
      matchIndex: 9,
      nextIndex: 10,
      state: 'replicate',
      paused: false,
    });
  });

  it('replicates ahead of the answers until the window is full', () => {
    const progress = replicating(4);
    progress.sent(logIndex(6), 10);
    progress.sent(logIndex(7), 10);
    expect(state(progress)).toMatchObject({ matchIndex: 4, nextIndex: 8, paused: false });
    progress.sent(logIndex(9), 10);
    expect(state(progress)).toMatchObject({ matchIndex: 4, nextIndex: 10, paused: true });
    progress.acknowledged(logIndex(6));
    expect(state(progress)).toMatchObject({ matchIndex: 6, nextIndex: 10, paused: false });
  });

  it('an empty message takes no place in the window', () => {
    const progress = replicating(4);
    for (let sent = 0; sent < 9; sent += 1) progress.sent(logIndex(4), 0);
    expect(state(progress)).toMatchObject({ nextIndex: 5, paused: false });
  });

  it('an answer that comes late or twice is no news and takes nothing back', () => {
    const progress = replicating(9);
    expect(progress.acknowledged(logIndex(9))).toBe(false);
    expect(progress.acknowledged(logIndex(3))).toBe(false);
    expect(state(progress)).toMatchObject({ matchIndex: 9, nextIndex: 10 });
  });

  it('a refused probe goes back to the hint, one beyond where the log may match', () => {
    const progress = probing(10);
    progress.sent(logIndex(12), 100);
    expect(progress.rejected(logIndex(9), logIndex(4))).toBe(true);
    expect(state(progress)).toEqual({ matchIndex: 0, nextIndex: 5, state: 'probe', paused: false });
  });

  it('a refused probe goes back at least one, whatever the hint says', () => {
    const progress = probing(10);
    expect(progress.rejected(logIndex(9), logIndex(9))).toBe(true);
    expect(progress.nextIndex).toBe(9);
    expect(progress.rejected(logIndex(8), logIndex(700))).toBe(true);
    expect(progress.nextIndex).toBe(8);
  });

  it('a refusal of another probe than the last is stale', () => {
    const progress = probing(10);
    progress.rejected(logIndex(9), logIndex(4));
    progress.sent(logIndex(6), 10);
    expect(progress.rejected(logIndex(9), logIndex(2))).toBe(false);
    expect(state(progress)).toMatchObject({ nextIndex: 5, paused: true });
  });

  it('a refusal while replicating starts over from what is known to match', () => {
    const progress = replicating(4);
    progress.sent(logIndex(6), 10);
    progress.sent(logIndex(8), 10);
    expect(progress.rejected(logIndex(6), logIndex(2))).toBe(true);
    expect(state(progress)).toEqual({ matchIndex: 4, nextIndex: 5, state: 'probe', paused: false });
  });

  it.each(['probe', 'replicate'] as const)(
    'a refusal of what was acknowledged is stale (%s), also when it comes twice',
    (kind) => {
      const progress = replicating(4);
      if (kind === 'probe') {
        progress.sent(logIndex(6), 10);
        progress.rejected(logIndex(6), logIndex(4));
        progress.sent(logIndex(9), 10);
      }
      const before = state(progress);
      expect(progress.rejected(logIndex(4), logIndex(0))).toBe(false);
      expect(progress.rejected(logIndex(3), logIndex(0))).toBe(false);
      expect(state(progress)).toEqual(before);
      expect(before).toMatchObject({ state: kind, matchIndex: 4 });
    },
  );

  it('gets no entries while it needs a snapshot, whatever is heard of it', () => {
    const progress = replicating(4);
    progress.sent(logIndex(6), 10);
    progress.needsSnapshot();
    const waiting = { matchIndex: 4, nextIndex: 5, state: 'snapshot', paused: true };
    expect(state(progress)).toEqual(waiting);
    progress.heartbeatAnswered();
    expect(progress.rejected(logIndex(6), logIndex(2))).toBe(false);
    expect(progress.acknowledged(logIndex(4))).toBe(false);
    expect(state(progress)).toEqual(waiting);
    expect(() => progress.sent(logIndex(5), 10)).toThrow('Progress: no entries beside a snapshot');
  });

  it('goes on after the snapshot that it holds', () => {
    const progress = replicating(4);
    progress.needsSnapshot();
    expect(progress.acknowledged(logIndex(9))).toBe(true);
    expect(state(progress)).toEqual({
      matchIndex: 9,
      nextIndex: 10,
      state: 'replicate',
      paused: false,
    });
  });

  it('matchIndex < nextIndex', () => {
    expect(() => probing(0)).toThrow('Progress: matchIndex < nextIndex');
  });
});
