import type { LogIndex, ReplicaId } from '../identifiers.js';
import type { Configuration } from '../membership/configuration.js';

/** `outgoing`: has a vote until the change under way has ended. */
export type ReplicaRole = 'voter' | 'outgoing' | 'learner';

/** What a leader knows of one replica of its group. */
export interface ReplicaStatus {
  readonly replica: ReplicaId;
  readonly role: ReplicaRole;
  /** It holds the log up to here, on its disk. */
  readonly matchIndex: LogIndex;
  /** Whether it has answered one of the latest heartbeats. */
  readonly heard: boolean;
  /** Whether the log no longer has what it needs next. */
  readonly needsSnapshot: boolean;
}

export function replicaRole(members: Configuration, replica: ReplicaId): ReplicaRole {
  if (members.voters.includes(replica)) return 'voter';
  return members.outgoingVoters.includes(replica) ? 'outgoing' : 'learner';
}
