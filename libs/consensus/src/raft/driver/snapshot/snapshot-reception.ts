import { MalformedError } from '../../../codec/tuple.js';
import type { LogPoint } from '../../core/log/log-point.js';
import type { SnapshotRequest } from '../../core/message.js';
import type { SnapshotAttempt } from '../../core/snapshot/snapshot-exchange.js';
import { SNAPSHOT_WINDOW_PARTS } from '../limits.js';
import type { SnapshotSink } from '../ports.js';

/**
 * The follower's side of one snapshot: puts the parts in order and hands them to the disk one at a
 * time.
 *
 * `staging` until the last part is staged, `staged` then; `replacing` while the disk makes it the
 * group's state, `replaced` when it has.
 */
export class SnapshotReception {
  readonly attempt: SnapshotAttempt;
  readonly point: LogPoint;
  private _state: 'staging' | 'staged' | 'replacing' | 'replaced' = 'staging';
  /** Parts before this one are staged. */
  private _stagedCount = 0;
  private writing = false;
  /** Parts that wait for their turn, by sequence; at most a window of them. */
  private readonly waiting = new Map<number, SnapshotRequest>();
  /** An answer is due: a part was staged, or came once more. */
  private answerDue = false;

  constructor(
    first: SnapshotRequest,
    private readonly sink: SnapshotSink,
    private readonly wake: () => void,
  ) {
    this.attempt = { from: first.from, term: first.term, stream: first.stream };
    this.point = first.point;
  }

  get state(): SnapshotReception['_state'] {
    return this._state;
  }

  /** Whether the part is of this attempt. */
  includes(part: SnapshotRequest): boolean {
    const { from, term, stream } = this.attempt;
    return part.from === from && part.term === term && part.stream === stream;
  }

  add(part: SnapshotRequest): void {
    const ahead = part.sequence - this._stagedCount;
    if (ahead < 0) this.answerDue = true;
    else if (ahead < SNAPSHOT_WINDOW_PARTS) this.waiting.set(part.sequence, part);
  }

  /**
   * Hands the next part to the disk, when that is done with the one before.
   *
   * @returns whether it is staged already, so that another one may follow.
   * @throws MalformedError for a part that no snapshot has.
   */
  stage(): boolean {
    if (this.writing || this._state !== 'staging') return false;
    const part = this.waiting.get(this._stagedCount);
    if (part === undefined) return false;
    this.waiting.delete(part.sequence);
    if (part.data.byteLength === 0) {
      if (!part.done) throw new MalformedError('a part of a snapshot without data');
      this.partStaged(part);
      return true;
    }
    this.writing = true;
    this.sink.write(part.data, () => {
      this.writing = false;
      this.partStaged(part);
      this.wake();
    });
    return !this.writing;
  }

  /** How many parts are staged, when the leader is to be told; else null. */
  takeAnswer(): number | null {
    if (!this.answerDue) return null;
    this.answerDue = false;
    return this._stagedCount;
  }

  /** Makes what is staged the group's state; `replaced` is called at that moment. */
  replace(replaced: () => void): void {
    this._state = 'replacing';
    this.sink.finish(() => {
      this._state = 'replaced';
      replaced();
      this.wake();
    });
  }

  abort(): void {
    this.sink.abort();
  }

  private partStaged(part: SnapshotRequest): void {
    this._stagedCount = part.sequence + 1;
    this.answerDue = true;
    if (part.done) this._state = 'staged';
  }
}
