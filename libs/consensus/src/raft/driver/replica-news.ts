import type { ReplicaId, Term } from '../core/identifiers.js';
import type { Configuration } from '../core/membership/configuration.js';
import type { Raft } from '../core/raft.js';

/** Tells what of a replica's view of its group has changed since it was told last. */
export class ReplicaNews {
  private members: Configuration;
  private leader: ReplicaId | null;
  private term: Term;
  private membersListener: (members: Configuration) => void = () => {};
  private leaderListener: () => void = () => {};

  constructor(private readonly raft: Pick<Raft, 'members' | 'leader' | 'term'>) {
    this.members = raft.members;
    this.leader = raft.leader;
    this.term = raft.term;
  }

  /** Sets who hears that the members that count here have changed. */
  onMembers(listener: (members: Configuration) => void): void {
    this.membersListener = listener;
  }

  /** Sets who hears that another replica leads, or none, as far as this one knows. */
  onLeader(listener: () => void): void {
    this.leaderListener = listener;
  }

  tell(): void {
    const { members, leader, term } = this.raft;
    if (members !== this.members) {
      this.members = members;
      this.membersListener(members);
    }
    if (leader === this.leader && term === this.term) return;
    this.leader = leader;
    this.term = term;
    this.leaderListener();
  }
}
