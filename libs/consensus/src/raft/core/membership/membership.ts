import { invariant } from '@sinkron/invariant';
import { logIndex, type LogIndex, type ReplicaId } from '../identifiers.js';
import { isJoint, isVoter, replicasOf, type Configuration } from './configuration.js';

interface Known {
  /** Where its entry stands; 0 for what was known at the start or came with a snapshot. */
  readonly index: LogIndex;
  readonly members: Configuration;
}

/**
 * The configurations that a replica knows: the last one known to be committed, and those that its
 * log holds beyond that. The latest one counts from the moment its entry is appended, and the one
 * before it again when that entry is deleted (Raft §6).
 *
 * Invariant: indexes grow, and the first one is committed.
 */
export class Membership {
  private committedOne: Known;
  /** Beyond the commit index, oldest first. */
  private uncommitted: Known[] = [];

  /** @param committed the configuration up to the commit index found at the start. */
  constructor(committed: Configuration) {
    this.committedOne = { index: logIndex(0), members: committed };
  }

  /** The configuration that counts. */
  get effective(): Configuration {
    return this.latest.members;
  }

  /** The last one known to be committed: no earlier one can come back. */
  get committed(): Configuration {
    return this.committedOne.members;
  }

  /** Where its entry stands, or 0. */
  get committedIndex(): LogIndex {
    return this.committedOne.index;
  }

  /** Whether the one that counts is known to be committed. */
  get settled(): boolean {
    return this.uncommitted.length === 0;
  }

  /** Whether a change has begun and not come to its end. */
  get changing(): boolean {
    return !this.settled || isJoint(this.effective);
  }

  /** Everybody who may have a part in a decision still, and all learners. */
  get replicas(): ReadonlySet<ReplicaId> {
    return new Set(this.all.flatMap(replicasOf));
  }

  /**
   * Whether the replica may stand for election. It may while its removal is not known to be
   * committed, though it is no voter any more: that entry may have been left on this log and on too
   * few others, which then cannot win against it (thesis §4.2.2).
   */
  mayCampaign(id: ReplicaId): boolean {
    return this.all.some((members) => isVoter(members, id));
  }

  /** Whether nobody else has a vote, and nobody else had one in what this log may go back to. */
  isSoleVoter(id: ReplicaId): boolean {
    return this.all.every(({ voters, outgoingVoters }) => {
      return voters.length === 1 && voters[0] === id && outgoingVoters.length === 0;
    });
  }

  appended(index: LogIndex, members: Configuration): void {
    invariant(index > this.latest.index, 'Membership: indexes grow', { index });
    this.uncommitted.push({ index, members });
  }

  /** Entries from `from` on are deleted. */
  truncated(from: LogIndex): void {
    while ((this.uncommitted.at(-1)?.index ?? 0) >= from) this.uncommitted.pop();
  }

  committedThrough(index: LogIndex): void {
    for (let next = this.uncommitted[0]; next !== undefined && next.index <= index;) {
      this.committedOne = next;
      this.uncommitted.shift();
      next = this.uncommitted[0];
    }
  }

  /** The log is replaced by a snapshot in which these were the members. */
  replaced(members: Configuration): void {
    this.uncommitted = [];
    this.committedOne = { index: logIndex(0), members };
  }

  private get latest(): Known {
    return this.uncommitted.at(-1) ?? this.committedOne;
  }

  private get all(): readonly Configuration[] {
    return [this.committedOne, ...this.uncommitted].map(({ members }) => members);
  }
}
