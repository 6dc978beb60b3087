import * as fc from 'fast-check';
import { actions } from './action.js';
import { ModelRun } from './model-run.js';
import { Tally } from './tally.js';

/** So small that most ends are marks and most grants are left to sweeps. */
jest.mock('../limits.js', () => ({
  ...jest.requireActual<object>('../limits.js'),
  RECORDS_PER_COMMAND_MAX: 7,
  ENDS_PER_COMMAND_MAX: 1,
  ENDS_PER_CLOSE_MAX: 0,
}));

const RUNS = Number(process.env['LOCK_MODEL_RUNS'] ?? 150);
const SEED = Number(process.env['LOCK_MODEL_SEED'] ?? 1);

describe('LockTable that leaves its work to sweeps, against the reference', () => {
  const tally = new Tally();

  it('does in parts what the rules say, whatever the sequence of commands', () => {
    const property = fc.property(actions, (sequence) => {
      const run = new ModelRun(tally, 'loosely');
      for (const action of sequence) run.step(action);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  }, 3_600_000);

  it('has met everything that it is about', () => {
    const met = ['swept', 'swept more than once', 'several waiters granted by one command'];
    expect(met.filter((what) => tally.count(what) === 0)).toEqual([]);
  });
});
