import type { MemberStatus } from '../../core/member-status.js';
import { CAUGHT_UP_ENTRIES_MAX } from './limits.js';

/** How a part of a node is; `degraded` serves, but not as well as it should. */
export interface Health {
  readonly status: 'up' | 'down' | 'degraded';
  /** One sentence for people. */
  readonly detail?: string;
}

/** What a node knows of the leader of a group. */
export interface LeaderKnowledge {
  /** The latest that this node has heard of. */
  readonly leader: string | null;
  /** What the replica of this node says, if it has one that votes; it hears the leader, or the majority. */
  readonly replica: { readonly leader: string | null } | null;
  /** Whether the leader has said lately that it leads. */
  readonly heard: boolean;
}

/** Ready: this node hears the leader, which in turn hears a majority. */
export function leaderHealth(group: string, known: LeaderKnowledge): Health {
  const { leader, replica, heard } = known;
  if (leader === null) return { status: 'down', detail: `no leader of ${group} is known` };
  if (replica !== null) {
    return replica.leader === null
      ? { status: 'down', detail: `${group} has no leader that this node hears` }
      : { status: 'up', detail: replica.leader };
  }
  return heard
    ? { status: 'up', detail: leader }
    : { status: 'down', detail: `${leader} led ${group}, and is not heard any more` };
}

/** How far a replica is. */
export interface ReplicaProgress {
  readonly group: string;
  readonly hearsLeader: boolean;
  readonly appliedIndex: number;
  /** As far as the others have told; null: nobody has. */
  readonly committedIndex: number | null;
}

/**
 * Ready: behind what the others have committed by a little only (a replica's own commit index lags as its
 * log does). One that the leader does not reach is no voter that the next node's restart may count on.
 */
export function replicasHealth(replicas: readonly ReplicaProgress[]): Health {
  const behind = replicas.filter(
    ({ hearsLeader, appliedIndex, committedIndex }) =>
      !hearsLeader ||
      committedIndex === null ||
      committedIndex - appliedIndex > CAUGHT_UP_ENTRIES_MAX,
  );
  if (behind.length === 0) return { status: 'up' };
  return { status: 'down', detail: `catching up: ${behind.map(({ group }) => group).join(', ')}` };
}

/** A replica of another node that is too far behind to stand in for one that fails. */
export interface Laggard {
  readonly nodeId: string;
  readonly group: string;
  readonly behind: number;
}

/** Degraded: this node serves, but one failure more may be one too many. */
export function membersHealth(
  members: readonly { readonly nodeId: string; readonly status: MemberStatus }[],
  laggards: readonly Laggard[],
): Health {
  const dead = members.filter(({ status }) => status === 'dead');
  const troubles = [
    ...dead.map(({ nodeId }) => `${nodeId} is dead`),
    ...laggards
      .filter(({ nodeId }) => !dead.some((member) => member.nodeId === nodeId))
      .map(({ nodeId, group, behind }) => `${nodeId} is ${behind} entries behind in ${group}`),
  ];
  if (troubles.length === 0) return { status: 'up' };
  return { status: 'degraded', detail: troubles.join('; ') };
}
