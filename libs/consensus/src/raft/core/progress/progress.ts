import { invariant, unreachable } from '@sinkron/invariant';
import { logIndex, type LogIndex } from '../identifiers.js';
import { Inflights, type InflightLimits } from './inflights.js';

/**
 * - `probe`: the leader does not know where the follower's log matches; it sends one
 *   AppendEntries and waits for the answer or the next heartbeat.
 * - `replicate`: it knows, and sends optimistically ahead of the answers.
 * - `snapshot`: what the follower needs next was compacted. It gets heartbeats and a snapshot, and
 *   no entries until it holds an index that the leader's log still reaches.
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/**
 * What the leader knows of one replica's log (Raft Figure 2, nextIndex and matchIndex).
 *
 * Invariant: 0 <= matchIndex < nextIndex.
 */
export class Progress {
  private _matchIndex: LogIndex = logIndex(0);
  private _state: ProgressState = 'probe';
  private readonly inflights: Inflights;
  /** A probe was sent and neither answered nor released by a heartbeat. */
  private probeSent = false;

  constructor(
    private _nextIndex: LogIndex,
    limits: InflightLimits,
  ) {
    this.inflights = new Inflights(limits);
    this.validate();
  }

  get matchIndex(): LogIndex {
    return this._matchIndex;
  }

  get nextIndex(): LogIndex {
    return this._nextIndex;
  }

  get state(): ProgressState {
    return this._state;
  }

  /** Whether the leader must wait before it sends entries to this replica. */
  get paused(): boolean {
    switch (this._state) {
      case 'probe':
        return this.probeSent;
      case 'replicate':
        return this.inflights.full;
      case 'snapshot':
        return true;
      default:
        return unreachable(this._state);
    }
  }

  /** The leader's log does not reach back to what this replica needs. */
  needsSnapshot(): void {
    this._state = 'snapshot';
    this._nextIndex = logIndex(this._matchIndex + 1);
    this.probeSent = false;
    this.inflights.clear();
  }

  /** Entries up to `lastIndex` were sent; optimistic while replicating. */
  sent(lastIndex: LogIndex, bytes: number): void {
    invariant(this._state !== 'snapshot', 'Progress: no entries beside a snapshot', { lastIndex });
    if (this._state === 'probe') {
      this.probeSent = true;
      return;
    }
    if (lastIndex >= this._nextIndex) {
      this.inflights.add(lastIndex, bytes);
      this._nextIndex = logIndex(lastIndex + 1);
    }
    this.validate();
  }

  /**
   * The replica holds everything up to `index`. @returns whether that was news.
   *
   * News from one that needs a snapshot ends that: the leader looks anew whether its log reaches it.
   */
  acknowledged(index: LogIndex): boolean {
    this.probeSent = false;
    if (index > this._nextIndex - 1) this._nextIndex = logIndex(index + 1);
    const news = index > this._matchIndex;
    if (news) this._matchIndex = index;
    if (this._state === 'probe' || (this._state === 'snapshot' && news)) this.become('replicate');
    this.inflights.freeThrough(this._matchIndex);
    this.validate();
    return news;
  }

  /**
   * The replica refused entries after `rejectedIndex`; its log may match at `hintIndex`.
   *
   * @returns false for a refusal that later answers have made stale.
   */
  rejected(rejectedIndex: LogIndex, hintIndex: LogIndex): boolean {
    // A replica that acknowledged an index holds it for good.
    if (rejectedIndex <= this._matchIndex || this._state === 'snapshot') return false;
    if (this._state === 'replicate') {
      this.become('probe');
      return true;
    }
    if (this._nextIndex - 1 !== rejectedIndex) return false;
    this._nextIndex = logIndex(
      Math.max(Math.min(rejectedIndex, hintIndex + 1), this._matchIndex + 1),
    );
    this.probeSent = false;
    this.validate();
    return true;
  }

  /** A heartbeat was answered: the replica lives, so one more message may try. */
  heartbeatAnswered(): void {
    this.probeSent = false;
  }

  private become(state: 'probe' | 'replicate'): void {
    this._state = state;
    this._nextIndex = logIndex(
      state === 'probe' ? this._matchIndex + 1 : Math.max(this._nextIndex, this._matchIndex + 1),
    );
    this.probeSent = false;
    this.inflights.clear();
  }

  private validate(): void {
    invariant(this._matchIndex >= 0, 'Progress: matchIndex >= 0', { match: this._matchIndex });
    invariant(this._matchIndex < this._nextIndex, 'Progress: matchIndex < nextIndex', {
      matchIndex: this._matchIndex,
      nextIndex: this._nextIndex,
    });
  }
}
