import { COMPLETE_STATUS_BEATS } from './limits.js';
import type { GroupStatus } from '../status-event.js';

/**
 * Which groups each beat has to tell of: those that have changed since the beat before it; all of them now and
 * then, when one is gone, and to a peer that may have missed something.
 */
export class StatusChanges {
  private sent: ReadonlyMap<string, GroupStatus> = new Map();
  private changed: readonly GroupStatus[] = [];
  private all: readonly GroupStatus[] = [];
  private completeForAll = true;
  private beats = 0;
  /** Peers that have missed something. */
  private readonly behind = new Set<string>();

  /** A beat begins, with these groups. */
  begin(groups: readonly GroupStatus[]): void {
    this.all = groups;
    this.changed = groups.filter((group) => !isSame(group, this.sent.get(group.id)));
    const added = groups.filter(({ id }) => !this.sent.has(id)).length;
    const gone = this.sent.size + added > groups.length;
    this.completeForAll = gone || this.beats % COMPLETE_STATUS_BEATS === 0;
    this.beats += 1;
    this.sent = new Map(groups.map((group) => [group.id, group]));
  }

  /** The peer is told all at the next beat. */
  missed(peer: string): void {
    this.behind.add(peer);
  }

  /** Forgets who is no peer any more. */
  follow(peers: ReadonlySet<string>): void {
    for (const peer of this.behind) if (!peers.has(peer)) this.behind.delete(peer);
  }

  /** What the present beat tells a peer. */
  for(peer: string): { readonly groups: readonly GroupStatus[]; readonly complete: boolean } {
    const complete = this.behind.delete(peer) || this.completeForAll;
    return { groups: complete ? this.all : this.changed, complete };
  }
}

function isSame(group: GroupStatus, sent: GroupStatus | undefined): boolean {
  return (
    sent !== undefined &&
    group.term === sent.term &&
    group.leader === sent.leader &&
    group.commitIndex === sent.commitIndex &&
    group.appliedIndex === sent.appliedIndex &&
    group.members === sent.members
  );
}
