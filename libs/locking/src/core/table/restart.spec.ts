import { runWithRestarts, type Tally } from './testing/restart-run.js';

describe('LockTable across restarts', () => {
  it('a table opened from the records answers and writes as one that was never closed', () => {
    const tally: Tally = new Map();
    for (let seed = 1; seed <= 20; seed += 1) runWithRestarts(seed, 120, tally);
    for (const seen of ['granted', 'queued', 'deadlock', 'settled granted', 'effect left']) {
      expect([seen, (tally.get(seen) ?? 0) > 10]).toEqual([seen, true]);
    }
  });
});
