import { invariant } from '@sinkron/invariant';
import type { LogIndex, ReplicaId } from '../identifiers.js';
import { isJoint, type Configuration } from './configuration.js';

/** What the members shall be. All differ; nobody is voter and learner. */
export interface MembersChange {
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
}

/**
 * - `changeUnderWay`: the latest configuration is not committed, or joint.
 * - `termNotStarted`: the leader's first entry is not committed, so it cannot know that no other
 *   change is (the flaw of single-server changes found in 2015).
 * - `noQuorum`: no majority of the present voters answers.
 * - `transferring`: this leader is handing its office over.
 * - `wouldLoseMajority`: of the new voters no majority is heard.
 * - `notCaughtUp`: a new voter was no learner before, or its log is too far behind.
 * - `unchanged`: these are the members.
 * - `overloaded`: too much waits to be committed.
 */
export type ChangeRefusal =
  | 'notLeader'
  | 'changeUnderWay'
  | 'termNotStarted'
  | 'noQuorum'
  | 'transferring'
  | 'wouldLoseMajority'
  | 'notCaughtUp'
  | 'unchanged'
  | 'overloaded';

/** What became of a change; a refused one was not appended anywhere. */
export type ChangeOutcome =
  /** At `index` stands the first entry of the change; it may fail as every entry may. */
  | { readonly kind: 'appended'; readonly index: LogIndex }
  | { readonly kind: 'refused'; readonly reason: ChangeRefusal };

/**
 * The configuration with which the way from `present` to what is wanted begins: other learners are
 * taken in one step, other voters by a joint configuration (Raft §6).
 *
 * @returns null when nothing is to be changed.
 */
export function firstStep(present: Configuration, wanted: MembersChange): Configuration | null {
  invariant(!isJoint(present), 'MembersChange: one at a time', { present });
  const { voters, learners } = wanted;
  const all = [...voters, ...learners];
  invariant(new Set(all).size === all.length, 'MembersChange: names each replica once', { all });
  if (!sameReplicas(voters, present.voters)) {
    return { voters, outgoingVoters: present.voters, learners };
  }
  return sameReplicas(learners, present.learners) ? null : { ...present, learners };
}

/** The configuration that ends a joint phase. */
export function lastStep({ voters, learners }: Configuration): Configuration {
  return { voters, outgoingVoters: [], learners };
}

function sameReplicas(some: readonly ReplicaId[], others: readonly ReplicaId[]): boolean {
  return some.length === others.length && some.every((replica) => others.includes(replica));
}
