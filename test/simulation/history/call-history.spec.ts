import { checkLockHistory } from '../../linearizability/lock-history.js';
import type { Mutant } from '../mutants/mutant.js';
import { MUTANTS } from '../mutants/mutants.js';
import { Simulation } from '../simulation.js';
import { unwatched } from '../world/violation.js';
import { SIMULATION_CHECK } from './call-history.js';

/** Seeds within which the history alone shows a bug. */
const SEEDS_MAX = 20;

/** Of runs in which nothing else is looked for. @returns null when no history shows anything. */
function firstViolation({ run, seed: from }: Mutant): string | null {
  for (let seed = from; seed < from + SEEDS_MAX; seed += 1) {
    const { history } = unwatched(() => new Simulation({ ...run, seed }).play());
    const verdict = checkLockHistory(history, SIMULATION_CHECK);
    if (verdict.kind === 'violation') return verdict.explanation;
  }
  return null;
}

describe('The history of the clients alone shows', () => {
  it.each(['expiry by a deposed leader', 'leases that a new leader does not begin anew'])(
    '%s',
    (name) => {
      const mutant = MUTANTS[name];
      expect(mutant).toBeDefined();
      if (mutant === undefined) return;
      expect(firstViolation(mutant)).toMatch(/could expire from|holds it/);
    },
    240_000,
  );

  it('nothing of a cluster that keeps its promises', () => {
    const { history, failure } = new Simulation({ seed: 3 }).play();
    expect(failure).toBeNull();
    expect(history.length).toBeGreaterThan(20);
    expect(checkLockHistory(history, SIMULATION_CHECK)).toMatchObject({ kind: 'linearizable' });
  });
});
