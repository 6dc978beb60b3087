import { invariant } from '@sinkron/invariant';
import type { LogPoint } from '../../core/log/log-point.js';
import type { SnapshotOutcome, SnapshotRequest } from '../../core/message.js';
import {
  SNAPSHOT_PART_BYTES,
  SNAPSHOT_RESEND_TICKS,
  SNAPSHOT_SILENT_TICKS_MAX,
  SNAPSHOT_WINDOW_PARTS,
} from '../limits.js';
import type { SnapshotSource } from '../ports.js';

export type SnapshotPart = Pick<SnapshotRequest, 'point' | 'stream' | 'sequence' | 'data' | 'done'>;

/**
 * The leader's side of one snapshot for one follower: a small window of parts under way, sent again
 * after silence. What was answered cannot be read again, so a follower that has lost it makes this
 * stream useless.
 *
 * Invariant: `unanswered` holds the newest parts, in order, and is at most a window long.
 */
export class SnapshotStream {
  private unanswered: SnapshotPart[] = [];
  /** Read ahead, for a part has to say whether it is the last; null at the end of the source. */
  private upcoming: Uint8Array | null;
  private nextSequence = 0;
  /** The last part, kept until the follower says that it holds the snapshot. */
  private last: SnapshotPart | null = null;
  private silentTicks = 0;

  /** @throws SnapshotExpiredError */
  constructor(
    private readonly source: SnapshotSource,
    readonly point: LogPoint,
    readonly stream: number,
  ) {
    this.upcoming = source.next(SNAPSHOT_PART_BYTES);
  }

  /** The next part to send, null when the window is full or all is sent. @throws SnapshotExpiredError */
  nextPart(): SnapshotPart | null {
    if (this.last !== null || this.unanswered.length >= SNAPSHOT_WINDOW_PARTS) return null;
    const data = this.upcoming ?? new Uint8Array(0);
    this.upcoming = this.upcoming === null ? null : this.source.next(SNAPSHOT_PART_BYTES);
    const { point, stream, nextSequence: sequence } = this;
    const part = { point, stream, sequence, data, done: this.upcoming === null };
    this.nextSequence += 1;
    this.unanswered.push(part);
    if (part.done) this.last = part;
    return part;
  }

  /** @returns false when the follower wants what is no longer at hand: a new stream has to start. */
  answered(outcome: SnapshotOutcome): boolean {
    if (outcome.kind === 'held') return true;
    const { sequence } = outcome;
    const oldest = this.nextSequence - this.unanswered.length;
    // Older answers come late; only a follower that knows nothing of the stream wants its start.
    if (sequence < oldest) return sequence > 0;
    if (sequence > this.nextSequence) return true;
    this.unanswered = this.unanswered.slice(sequence - oldest);
    invariant(
      this.unanswered.length <= SNAPSHOT_WINDOW_PARTS,
      'SnapshotStream: unanswered <= window',
    );
    this.silentTicks = 0;
    return true;
  }

  /** One heartbeat. @returns what to send again, or null when the follower was silent for too long. */
  tick(): readonly SnapshotPart[] | null {
    this.silentTicks += 1;
    if (this.silentTicks > SNAPSHOT_SILENT_TICKS_MAX) return null;
    if (this.silentTicks % SNAPSHOT_RESEND_TICKS !== 0) return [];
    if (this.unanswered.length > 0) return this.unanswered;
    return this.last === null ? [] : [this.last];
  }

  close(): void {
    this.source.close();
  }
}
