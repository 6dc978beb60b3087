import { invariant } from '@sinkron/invariant';
import { entryBytes, type Entry } from '../entry.js';
import { logIndex, type LogIndex, type ReplicaId, type Term } from '../identifiers.js';
import type { LeaderLease } from '../lease/leader-lease.js';
import {
  APPEND_BYTES_MAX,
  APPEND_ENTRIES_MAX,
  APPENDS_AT_ONCE_MAX,
  INFLIGHT_BYTES_MAX,
  INFLIGHT_MESSAGES_MAX,
  UNANSWERED_HEARTBEATS_MAX,
} from '../limits.js';
import type { RaftLog } from '../log/raft-log.js';
import type { Membership } from '../membership/membership.js';
import type { AppendResponse } from '../message.js';
import type { Outbox } from '../outbox.js';
import { Farewell } from './farewell.js';
import { Progress } from './progress.js';

export interface ReplicationOptions {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly membership: Membership;
  readonly log: RaftLog;
  readonly outbox: Outbox;
  readonly lease: LeaderLease;
  /** A follower holds more than before; called before it is sent what follows. */
  readonly matchGrew: () => void;
}

/** Brings the logs of the followers up to the leader's, each at the pace it can take. */
export class Replication {
  private readonly followers = new Map<ReplicaId, Progress>();
  /** Heartbeats since a follower was last heard; volatile, like all of this. */
  private readonly silentTicks = new Map<ReplicaId, number>();
  /** Followers that are members no more, until they have heard of it or `ticksLeft` is over. */
  private readonly leavers = new Map<ReplicaId, Farewell>();

  constructor(private readonly options: ReplicationOptions) {
    this.followMembers(logIndex(options.log.lastIndex + 1));
  }

  /**
   * Begins with replicas that have become members. Their logs are tried at `nextIndex` first.
   *
   * Who is no member any more is followed until its removal is committed: it may be needed for that.
   */
  followMembers(nextIndex: LogIndex): void {
    const limits = { messagesMax: INFLIGHT_MESSAGES_MAX, bytesMax: INFLIGHT_BYTES_MAX };
    for (const replica of this.options.membership.replicas) {
      this.leavers.delete(replica);
      if (replica === this.options.id || this.followers.has(replica)) continue;
      this.followers.set(replica, new Progress(nextIndex, limits));
    }
  }

  /** A configuration is committed: all hear of it at once, those too who are not among its members. */
  membersCommitted(): void {
    const { replicas, committedIndex } = this.options.membership;
    for (const [replica, progress] of this.followers) {
      if (replicas.has(replica) || this.leavers.has(replica)) continue;
      // For a state in which it has no part nobody sends it a snapshot.
      if (progress.state === 'snapshot') this.forget(replica);
      else this.leavers.set(replica, new Farewell(committedIndex));
    }
    this.sendHeartbeats();
  }

  progressOf(id: ReplicaId): Progress | undefined {
    return this.followers.get(id);
  }

  matchIndexOf(id: ReplicaId): LogIndex {
    if (id === this.options.id) return this.options.log.durableIndex;
    return this.followers.get(id)?.matchIndex ?? logIndex(0);
  }

  /** Whether the follower has answered one of the latest heartbeats. */
  hears(id: ReplicaId): boolean {
    return (this.silentTicks.get(id) ?? Infinity) <= UNANSWERED_HEARTBEATS_MAX + 1;
  }

  /** Living members to whom the log no longer reaches. */
  snapshotTargets(): readonly ReplicaId[] {
    const targets: ReplicaId[] = [];
    for (const [replica, progress] of this.followers) {
      if (this.leavers.has(replica)) continue;
      if (progress.state === 'snapshot' && this.hears(replica)) targets.push(replica);
    }
    return targets;
  }

  heard(from: ReplicaId): Progress | undefined {
    const progress = this.followers.get(from);
    if (progress !== undefined) this.silentTicks.set(from, 0);
    return progress;
  }

  tick(): void {
    for (const [replica, ticks] of this.silentTicks) this.silentTicks.set(replica, ticks + 1);
    for (const [replica, farewell] of this.leavers) {
      if (farewell.tick(this.options.lease.roundOf(replica))) this.forget(replica);
    }
  }

  appendAnswered(replica: ReplicaId, progress: Progress, { outcome }: AppendResponse): void {
    if (outcome.accepted) return this.acknowledged(replica, progress, outcome.matchIndex);
    const { log } = this.options;
    const hint = log.lastIndexWithTermAtMost(outcome.hintIndex, outcome.hintTerm);
    if (progress.rejected(outcome.rejectedIndex, hint)) this.send(replica, progress);
  }

  /** The follower holds everything up to `index`. */
  acknowledged(replica: ReplicaId, progress: Progress, index: LogIndex): void {
    // Nobody can hold more of this term than its leader: a faulty peer, not evidence.
    if (index > this.options.log.lastIndex) return;
    if (progress.acknowledged(index)) this.options.matchGrew();
    this.send(replica, progress);
  }

  heartbeatAnswered(replica: ReplicaId, progress: Progress): void {
    progress.heartbeatAnswered();
    if (progress.matchIndex >= this.options.log.lastIndex) return;
    // A lost append shows only when a later one is refused: an empty one finds out.
    if (!this.send(replica, progress) && this.reaches(progress)) {
      this.sendAppend(replica, progress, []);
    }
  }

  sendAll(): void {
    for (const [replica, progress] of this.followers) this.send(replica, progress);
  }

  sendHeartbeats(): void {
    const { id, term, outbox, log, lease } = this.options;
    for (const [replica, progress] of this.followers) {
      const leaderCommit = logIndex(Math.min(progress.matchIndex, log.commitIndex));
      const header = { from: id, to: replica, term };
      outbox.send({ kind: 'heartbeatRequest', ...header, round: lease.round, leaderCommit });
      this.leavers.get(replica)?.told(leaderCommit, lease.round);
    }
  }

  private forget(replica: ReplicaId): void {
    this.followers.delete(replica);
    this.silentTicks.delete(replica);
    this.leavers.delete(replica);
  }

  /** Sends the next part of what the follower lacks, as far as its window allows. @returns whether it sent. */
  private send(replica: ReplicaId, progress: Progress): boolean {
    const { log } = this.options;
    let sent = 0;
    while (!progress.paused && progress.nextIndex <= log.lastIndex && sent < APPENDS_AT_ONCE_MAX) {
      if (!this.reaches(progress)) break;
      const end = logIndex(Math.min(log.lastIndex + 1, progress.nextIndex + APPEND_ENTRIES_MAX));
      this.sendAppend(replica, progress, log.entries(progress.nextIndex, end, APPEND_BYTES_MAX));
      sent += 1;
    }
    return sent > 0;
  }

  /** Whether the log still has what the follower needs next; if not, it needs a snapshot. */
  private reaches(progress: Progress): boolean {
    if (progress.state === 'snapshot') return false;
    if (progress.nextIndex > this.options.log.base.index) return true;
    progress.needsSnapshot();
    return false;
  }

  private sendAppend(replica: ReplicaId, progress: Progress, entries: readonly Entry[]): void {
    const { log, id, term, outbox, lease } = this.options;
    const prevLogIndex = logIndex(progress.nextIndex - 1);
    const prevLogTerm = log.term(prevLogIndex);
    invariant(prevLogTerm !== undefined, 'Replication: has the log that it sends', {
      replica,
      prevLogIndex,
    });
    outbox.send({
      kind: 'appendRequest',
      from: id,
      to: replica,
      term,
      prevLogIndex,
      prevLogTerm,
      entries,
      leaderCommit: log.commitIndex,
      round: lease.round,
    });
    const bytes = entries.reduce((total, entry) => total + entryBytes(entry), 0);
    progress.sent(logIndex(prevLogIndex + entries.length), bytes);
  }
}
