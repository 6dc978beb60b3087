import { HONEST_PARTS } from '../node/parts.js';
import type { RunOptions } from '../simulation.js';
import { changingMembers, frozenLeaders, restartedVoters } from './circumstances.js';
import type { Bending } from './core/bending.js';
import { commitsByOneLess, countsOlderTerms } from './core/commits.js';
import { electsByOneLess } from './core/elections.js';
import { commitsByNewHalf, electsByNewHalf } from './core/joint-phases.js';
import { leasesInTicks, leasesWithoutQuorum } from './core/leases.js';
import { appliesRetries, dropsOvertaken } from './core/retries.js';
import { STALE_ANSWER, type Mutants } from './mutant.js';
import { StoppingClock } from './stopping-clock.js';

/** A product whose consensus is bent, and clocks that do so. */
export const CORE_MUTANTS: Mutants = {
  'commit an older term’s entry by counting': {
    broken: /commits entries of its own term/,
    seed: 5,
    run: bent(countsOlderTerms),
  },
  'majority off by one: commits': {
    broken: /disks of a majority/,
    seed: 1,
    run: bent(commitsByOneLess),
  },
  'majority off by one: elections': {
    broken: /votes of a majority/,
    seed: 1,
    run: bent(electsByOneLess),
  },
  'joint consensus needs one majority only: commits': {
    broken: /disks of a majority/,
    seed: 1,
    run: { ...bent(commitsByNewHalf), adjust: changingMembers },
  },
  'joint consensus needs one majority only: elections': {
    broken: /votes of a majority/,
    seed: 2,
    run: { ...bent(electsByNewHalf), adjust: changingMembers },
  },
  'lease read without check-quorum': {
    broken: STALE_ANSWER,
    seed: 3,
    run: { ...bent(leasesWithoutQuorum), adjust: frozenLeaders },
  },
  'a lease counted in ticks': {
    broken: STALE_ANSWER,
    seed: 3,
    run: { ...bent(leasesInTicks), adjust: frozenLeaders },
  },
  'a monotonic clock that stops with its process': {
    broken: STALE_ANSWER,
    seed: 4,
    run: {
      parts: { ...HONEST_PARTS, clock: (world, drift) => new StoppingClock(world, drift) },
      adjust: frozenLeaders,
    },
  },
  'a vote granted right after a restart': {
    broken: STALE_ANSWER,
    seed: 3,
    run: { parts: { ...HONEST_PARTS, formation: () => true }, adjust: restartedVoters },
  },
  'apply twice after a retry': {
    broken: /no command is applied twice|its wait is over/,
    seed: 2,
    run: bent(appliesRetries),
  },
  'a sequence dropped as already applied': {
    broken: /what is answered has been applied|status must be/,
    seed: 2,
    run: bent(dropsOvertaken),
  },
  'commands named as before a restart': {
    // One command may get the answer of another.
    broken: /a healed cluster answers|what is answered has been applied|status must be/,
    seed: 15,
    run: { parts: { ...HONEST_PARTS, proposerUnique: () => 'the same every time' } },
  },
};

function bent(bend: Bending): Omit<RunOptions, 'seed'> {
  return { parts: { ...HONEST_PARTS, bend } };
}
