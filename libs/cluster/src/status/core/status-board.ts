import type { GroupStatus } from '../status-event.js';

/** What came of the groups of a peer in one event. */
export interface ToldGroups {
  readonly groups: readonly GroupStatus[];
  /** Whether these are all; if not, those that changed since the event before, whose beat is one less. */
  readonly complete: boolean;
  readonly beat: number;
  /** When it was sent, or before, on this node's clock; null: unknown. */
  readonly sentMs: number | null;
}

/** The latest that a peer has told of the groups it has replicas of. */
interface Told {
  readonly groups: ReadonlyMap<string, GroupStatus>;
  readonly beat: number;
  /** When the peer said this of all of them, or confirmed it; null: unknown. */
  readonly sentMs: number | null;
}

/** What the others say of the groups, the latest of each. */
export class StatusBoard {
  private readonly told = new Map<string, Told>();

  /** Forgets what nodes said that are no peers any more. */
  follow(peers: ReadonlySet<string>): void {
    for (const peer of this.told.keys()) if (!peers.has(peer)) this.told.delete(peer);
  }

  /**
   * Takes what a peer tells. What an event does not name is as it was if no event was lost before it.
   *
   * @returns whether one was: then the peer is to tell of all its groups.
   */
  tell(from: string, { groups, complete, beat, sentMs }: ToldGroups): 'whole' | 'gap' {
    const known = this.told.get(from);
    const follows = complete || known?.beat === beat - 1;
    const merged = new Map(complete ? [] : known?.groups);
    for (const group of groups) merged.set(group.id, group);
    this.told.set(from, {
      groups: merged,
      // Behind a gap nothing follows, until all is told.
      beat: follows ? beat : -1,
      sentMs: follows ? sentMs : (known?.sentMs ?? null),
    });
    return follows ? 'whole' : 'gap';
  }

  /** All that a peer has told of last. */
  groupsOf(peer: string): readonly GroupStatus[] {
    return [...(this.told.get(peer)?.groups.values() ?? [])];
  }

  /** What the peer that knows most says of each group. */
  newest(): ReadonlyMap<string, GroupStatus> {
    const newest = new Map<string, GroupStatus>();
    for (const { groups } of this.told.values()) {
      for (const group of groups.values()) {
        const known = newest.get(group.id);
        if (known === undefined || isNewer(group, known)) newest.set(group.id, group);
      }
    }
    return newest;
  }

  /** What one peer says of a group. */
  of(peer: string, group: string): GroupStatus | undefined {
    return this.told.get(peer)?.groups.get(group);
  }

  /**
   * For how long, at most, a peer has not said itself that it leads the group; null when its latest word is
   * another. A leader that hears no majority ceases to say so within an election timeout.
   */
  leaderSilenceMs(leader: string, group: string, nowMs: number): number | null {
    const told = this.told.get(leader);
    if (told === undefined || told.sentMs === null) return null;
    return told.groups.get(group)?.leader === leader ? nowMs - told.sentMs : null;
  }
}

function isNewer(status: GroupStatus, known: GroupStatus): boolean {
  if (status.term !== known.term) return status.term > known.term;
  // Of two that know as much, the one that knows the leader knows more.
  if (status.commitIndex === known.commitIndex) return known.leader === null;
  return status.commitIndex > known.commitIndex;
}
