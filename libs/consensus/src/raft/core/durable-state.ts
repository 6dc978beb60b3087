import { invariant } from '@sinkron/invariant';
import type { HardState } from './hard-state.js';
import {
  logIndex,
  writeId,
  type LogIndex,
  type ReplicaId,
  type Term,
  type WriteId,
} from './identifiers.js';
import type { LogChange, RaftLog } from './log/raft-log.js';

/** What the driver must put on the disk, in order of `id`, before it calls `persisted(id)`. */
export interface RaftWrite extends LogChange {
  readonly id: WriteId;
  readonly hardState: HardState | null;
}

/**
 * Term, vote and log: what a replica promises to remember, and which write makes it so.
 *
 * Invariant: nothing is promised to a peer before the write that covers it is flushed
 * (Raft Figure 2, "updated on stable storage before responding to RPCs").
 */
export class DurableState {
  private _term: Term;
  private _votedFor: ReplicaId | null;
  /** Id of the write being collected. */
  private nextWrite: WriteId = writeId(1);
  /** The write that makes the present term and vote durable; 0 when they are. */
  private hardStateWrite: WriteId = writeId(0);
  private hardStateUnwritten = false;

  constructor(
    hardState: HardState,
    private readonly log: RaftLog,
  ) {
    this._term = hardState.term;
    this._votedFor = hardState.votedFor;
    invariant(log.lastTerm <= this._term, 'DurableState: last log term <= term', {
      lastTerm: log.lastTerm,
      term: this._term,
    });
  }

  get term(): Term {
    return this._term;
  }

  /** Who got this replica's vote in `term`. */
  get votedFor(): ReplicaId | null {
    return this._votedFor;
  }

  set(term: Term, votedFor: ReplicaId | null): void {
    invariant(term >= this._term, 'DurableState: terms never go back', { term, now: this._term });
    invariant(
      term > this._term || this._votedFor === null || this._votedFor === votedFor,
      'DurableState: one vote a term (Raft §5.2)',
      { term, votedFor, before: this._votedFor },
    );
    this._term = term;
    this._votedFor = votedFor;
    this.hardStateUnwritten = true;
    this.hardStateWrite = this.nextWrite;
  }

  /** The write before which a promise that includes the log up to `matchIndex` must not leave. */
  writeBehind(matchIndex: LogIndex = logIndex(0)): WriteId {
    const covering = this.log.writeCovering(matchIndex, this.nextWrite);
    return writeId(Math.max(covering, this.hardStateWrite));
  }

  takeWrite(): RaftWrite | null {
    if (!this.hardStateUnwritten && !this.log.hasUnwritten) return null;
    const id = this.nextWrite;
    this.nextWrite = writeId(id + 1);
    const hardState = this.hardStateUnwritten
      ? { term: this._term, votedFor: this._votedFor }
      : null;
    this.hardStateUnwritten = false;
    return { id, hardState, ...this.log.takeUnwritten(id) };
  }

  /** Write `id` and all before it are flushed. @returns whether the log's durable index grew. */
  persisted(id: WriteId): boolean {
    invariant(id < this.nextWrite, 'DurableState: only what was written is persisted', { id });
    if (this.hardStateWrite <= id) this.hardStateWrite = writeId(0);
    return this.log.written(id);
  }
}
