import { invariant } from '@sinkron/invariant';
import type { ReplicaId } from './identifiers.js';

/**
 * The replicas of a group (Raft §6).
 *
 * `outgoingVoters` is empty outside a joint configuration; inside one, every decision needs a
 * majority of `voters` and a majority of `outgoingVoters`. Learners receive the log and decide
 * nothing.
 */
export interface Configuration {
  readonly voters: readonly ReplicaId[];
  readonly outgoingVoters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
}

/** A configuration outside a joint phase. */
export function configuration(voters: readonly ReplicaId[]): Configuration {
  invariant(voters.length > 0, 'Configuration: has a voter');
  invariant(new Set(voters).size === voters.length, 'Configuration: voters differ', { voters });
  return { voters, outgoingVoters: [], learners: [] };
}

export function isVoter(members: Configuration, id: ReplicaId): boolean {
  return members.voters.includes(id) || members.outgoingVoters.includes(id);
}

/** Every replica that receives the log, each once. */
export function replicasOf(members: Configuration): readonly ReplicaId[] {
  return [...new Set([...members.voters, ...members.outgoingVoters, ...members.learners])];
}
