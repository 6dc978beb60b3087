import { runWithRestarts, type Tally } from './testing/restart-run.js';

/** So small that most ends are marks and most grants are left to sweeps. */
jest.mock('../limits.js', () => ({
  ...jest.requireActual<object>('../limits.js'),
  RECORDS_PER_COMMAND_MAX: 5,
  ENDS_PER_COMMAND_MAX: 1,
  ENDS_PER_CLOSE_MAX: 0,
  PLACES_PER_HOLDER_MAX: 3,
  GRANTED_WAITERS_PER_HOLD_MAX: 2,
  QUEUE_MAX: 6,
  WAITERS_MAX: 16,
}));

describe('LockTable across restarts', () => {
  it('answers and writes the same while marked work is left', () => {
    const tally: Tally = new Map();
    for (let seed = 1; seed <= 25; seed += 1) runWithRestarts(seed, 120, tally);
    for (const seen of ['effect expired', 'effect broken', 'effect swept', 'full']) {
      expect([seen, (tally.get(seen) ?? 0) > 10]).toEqual([seen, true]);
    }
  });
});
