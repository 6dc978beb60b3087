import { invariant } from '@sinkron/invariant';
import type { ReplicaId } from '../identifiers.js';

/**
 * The replicas of a group (Raft §6).
 *
 * `outgoingVoters` is empty outside a joint configuration; inside one, every decision needs a
 * majority of `voters` and a majority of `outgoingVoters`. Learners receive the log and decide
 * nothing; in a joint configuration one of them may be an outgoing voter still.
 */
export interface Configuration {
  readonly voters: readonly ReplicaId[];
  readonly outgoingVoters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
}

/**
 * A replica with these does not know its group yet: it never campaigns, and learns who its members
 * are from the log or a snapshot.
 */
export const NO_MEMBERS: Configuration = { voters: [], outgoingVoters: [], learners: [] };

/** A configuration outside a joint phase. */
export function configuration(voters: readonly ReplicaId[]): Configuration {
  invariant(voters.length > 0, 'Configuration: has a voter');
  invariant(new Set(voters).size === voters.length, 'Configuration: voters differ', { voters });
  return { voters, outgoingVoters: [], learners: [] };
}

export function isJoint(members: Configuration): boolean {
  return members.outgoingVoters.length > 0;
}

export function isVoter(members: Configuration, id: ReplicaId): boolean {
  return members.voters.includes(id) || members.outgoingVoters.includes(id);
}

/** Every replica that receives the log, each once. */
export function replicasOf(members: Configuration): readonly ReplicaId[] {
  return [...new Set([...members.voters, ...members.outgoingVoters, ...members.learners])];
}
