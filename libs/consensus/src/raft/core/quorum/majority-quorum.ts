import type { ReplicaId } from '../identifiers.js';

export type VoteResult = 'won' | 'lost' | 'pending';

/**
 * The largest value that a majority of `voters` has reached.
 *
 * With `valueOf` = matchIndex this is Raft's commit rule (§5.3, §5.4.2 adds the check of the
 * term); the same rule gives the heartbeat round and the wall time a majority has reached.
 * An empty set of voters reaches everything: it stands for the absent half of a joint quorum.
 */
export function majorityReached(
  voters: readonly ReplicaId[],
  valueOf: (id: ReplicaId) => number,
): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const descending = voters.map(valueOf).sort((a, b) => b - a);
  const value = descending[majoritySize(voters.length) - 1];
  return value ?? 0;
}

/** Counts votes: `undefined` means that no answer has come yet (Raft §5.2). */
export function majorityVote(
  voters: readonly ReplicaId[],
  voteOf: (id: ReplicaId) => boolean | undefined,
): VoteResult {
  if (voters.length === 0) return 'won';
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = voteOf(voter);
    if (vote === true) granted += 1;
    if (vote === false) refused += 1;
  }
  const needed = majoritySize(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'pending';
}

/** The least number of voters that any two sets of must share one. */
export function majoritySize(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}
