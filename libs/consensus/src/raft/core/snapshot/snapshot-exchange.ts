import type { LogIndex, ReplicaId, Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { SNAPSHOT_PARTS_WAITING_MAX } from '../limits.js';
import { heldWithoutSnapshot } from '../log/accept-snapshot.js';
import type { LogPoint } from '../log/log-point.js';
import type { Configuration } from '../membership/configuration.js';
import type { SnapshotOutcome, SnapshotRequest, SnapshotResponse } from '../message.js';
import type { Standing } from '../role/standing.js';

/** One attempt of one leader to bring a snapshot over. */
export interface SnapshotAttempt {
  readonly from: ReplicaId;
  readonly term: Term;
  readonly stream: number;
}

/**
 * Snapshots between the leader and a follower that needs one (Raft §7, InstallSnapshot).
 *
 * The core decides whether a snapshot is needed and what it does to the log; the drivers on both
 * sides read, stage and install the state, which the core never sees.
 */
export class SnapshotExchange {
  /** Parts for the driver to stage. */
  private parts: SnapshotRequest[] = [];
  /** Answers about the leader's own streams, for its driver. */
  private answers: SnapshotResponse[] = [];

  constructor(private readonly standing: Standing) {}

  takeParts(): readonly SnapshotRequest[] {
    const taken = this.parts;
    this.parts = [];
    return taken;
  }

  takeAnswers(): readonly SnapshotResponse[] {
    const taken = this.answers;
    this.answers = [];
    return taken;
  }

  /** The leader sends a part of its stream to a follower. */
  send(to: ReplicaId, part: Omit<SnapshotRequest, 'kind' | 'from' | 'to' | 'term'>): void {
    const { id: from, term, outbox } = this.standing;
    outbox.send({ kind: 'snapshotRequest', from, to, term, ...part });
  }

  receiveRequest(message: SnapshotRequest, instant: Instant): void {
    const { standing } = this;
    standing.follow(message.from, instant);
    const matchIndex = heldWithoutSnapshot(standing.log, message.point);
    if (matchIndex !== null) return this.answerHeld(message, matchIndex, instant);
    // Beyond the limit it is lost, as on the way; the leader sends it again.
    if (this.parts.length < SNAPSHOT_PARTS_WAITING_MAX) this.parts.push(message);
  }

  receiveResponse(message: SnapshotResponse): void {
    const { leadership } = this.standing;
    if (leadership === undefined) return;
    leadership.snapshotResponse(message);
    if (this.answers.length < SNAPSHOT_PARTS_WAITING_MAX) this.answers.push(message);
  }

  /** All parts of the attempt before `sequence` are staged here. */
  staged(attempt: SnapshotAttempt, sequence: number, instant: Instant): void {
    if (attempt.term !== this.standing.term) return;
    this.answer(attempt, { kind: 'wants', sequence }, instant);
  }

  /**
   * The state is now that of the snapshot, on the disk. The log follows, and the leader hears of it
   * when that is on the disk too.
   *
   * @param members who they were at that point.
   */
  installed(
    attempt: SnapshotAttempt,
    point: LogPoint,
    members: Configuration,
    instant: Instant,
  ): void {
    const { log, term } = this.standing;
    const held = heldWithoutSnapshot(log, point);
    if (held === null) log.reset(point, members);
    this.standing.membersReplaced();
    if (attempt.term === term) this.answerHeld(attempt, held ?? point.index, instant);
  }

  private answerHeld(to: SnapshotAttempt, matchIndex: LogIndex, instant: Instant): void {
    this.answer(to, { kind: 'held', matchIndex }, instant, matchIndex);
  }

  private answer(
    { from, stream }: SnapshotAttempt,
    outcome: SnapshotOutcome,
    instant: Instant,
    promised?: LogIndex,
  ): void {
    const header = this.standing.header(from, instant);
    this.standing.respond({ kind: 'snapshotResponse', ...header, stream, outcome }, promised);
  }
}
