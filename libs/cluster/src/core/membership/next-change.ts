import type { Candidate } from './candidate.js';
import { desiredVoters } from './desired-voters.js';
import { stepTowards, type Change, type GroupSituation } from './step-towards.js';

/** The coordination group and its nodes, as its leader sees them. */
export interface Situation<Replica extends string> extends GroupSituation<Replica> {
  readonly candidates: readonly Candidate<Replica>[];
}

/** The next step of the coordination group to the replicas that its candidates call for, see `stepTowards`. */
export function nextChange<Replica extends string>(
  situation: Situation<Replica>,
): Change<Replica> | null {
  const { candidates, members, self } = situation;
  const dead = new Set(candidates.filter(({ alive }) => !alive).map(({ replica }) => replica));
  const voters = desiredVoters(candidates, members, self);
  return stepTowards({ voters, isDead: (replica) => dead.has(replica) }, situation);
}
