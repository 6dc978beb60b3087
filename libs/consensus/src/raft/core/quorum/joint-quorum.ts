import type { Configuration } from '../membership/configuration.js';
import type { ReplicaId } from '../identifiers.js';
import { majorityReached, majorityVote, type VoteResult } from './majority-quorum.js';

/** The largest value reached by a majority of both halves of the configuration (Raft §6). */
export function jointReached(members: Configuration, valueOf: (id: ReplicaId) => number): number {
  return Math.min(
    majorityReached(members.voters, valueOf),
    majorityReached(members.outgoingVoters, valueOf),
  );
}

/** An election is won when both halves elect, lost when either refuses (Raft §6). */
export function jointVote(
  members: Configuration,
  voteOf: (id: ReplicaId) => boolean | undefined,
): VoteResult {
  const incoming = majorityVote(members.voters, voteOf);
  const outgoing = majorityVote(members.outgoingVoters, voteOf);
  if (incoming === 'lost' || outgoing === 'lost') return 'lost';
  return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending';
}
