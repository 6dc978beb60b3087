import { replicaId, type ReplicaId } from '../../core/identifiers.js';
import type { Configuration } from '../../core/membership/configuration.js';
import type { MembersChange } from '../../core/membership/members-change.js';
import type { SeededRandom } from '../seeded-random.js';

/** Some change of the members, mostly a small one, of which the group may refuse any. */
export function drawChange(
  random: SeededRandom,
  present: Configuration,
  all: readonly string[],
): MembersChange {
  const voters = new Set(present.voters);
  const learners = new Set(present.learners);
  // All at once: old and new majorities have nobody in common.
  if (learners.size > 0 && random.percent(15))
    return { voters: [...learners], learners: [...voters] };
  for (let moves = random.percent(70) ? 1 : random.integer(2, 5); moves > 0; moves -= 1) {
    move(random, voters, learners, all);
  }
  return { voters: [...voters], learners: [...learners] };
}

function move(
  random: SeededRandom,
  voters: Set<ReplicaId>,
  learners: Set<ReplicaId>,
  all: readonly string[],
): void {
  const picked = random.pick(all);
  if (picked === undefined) return;
  const replica = replicaId(picked);
  if (learners.has(replica)) {
    learners.delete(replica);
    if (random.percent(75)) voters.add(replica);
  } else if (!voters.has(replica)) {
    learners.add(replica);
  } else if (voters.size > 1) {
    voters.delete(replica);
    if (random.percent(30)) learners.add(replica);
  }
}
