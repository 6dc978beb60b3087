import { invariant } from '@sinkron/invariant';
import { entryBytes, type Entry } from '../entry.js';
import { logIndex, term, writeId, type LogIndex, type Term, type WriteId } from '../identifiers.js';
import { RECENT_BYTES_MAX } from '../limits.js';
import type { Configuration } from '../membership/configuration.js';
import { decodeConfiguration } from '../membership/configuration-codec.js';
import type { Membership } from '../membership/membership.js';
import type { LogPoint } from './log-point.js';
import type { LogReader } from './log-reader.js';

export interface LogStart {
  /** Index, term and log time of the entry before the first one kept; all 0 for a whole log. */
  readonly baseIndex: LogIndex;
  readonly baseTerm: Term;
  readonly baseTimeMs: number;
  readonly lastIndex: LogIndex;
  /** Entries up to here are known to be committed: the applied index found on disk. */
  readonly commitIndex: LogIndex;
}

/**
 * What to make durable: first delete everything at or above `truncateFrom`, then append, then
 * delete everything up to `compactThrough`, which is the base from then on. A base beyond the last
 * entry empties the log; such a change has no entries.
 */
export interface LogChange {
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
  readonly compactThrough: LogPoint | null;
}

/**
 * A replica's log as its core sees it: entries being written, a window of recent ones in memory,
 * the rest read back through `LogReader`.
 *
 * Invariant: baseIndex <= commitIndex <= lastIndex and durableIndex <= lastIndex.
 */
export class RaftLog {
  /** Newest entries, contiguous up to lastIndex; all that are not durable are among them. */
  private recent: Entry[] = [];
  private recentBytes = 0;
  private _base: LogPoint;
  private _lastIndex: LogIndex;
  private _durableIndex: LogIndex;
  private _commitIndex: LogIndex;
  /** Not yet handed to the driver. */
  private unwrittenFrom: LogIndex;
  private truncateFrom: LogIndex | null = null;
  private compactThrough: LogPoint | null = null;
  /** The log was replaced by `compactThrough`: entries after it have to wait for the next write. */
  private resetUnwritten = false;
  /** Handed to the driver and not yet durable, oldest first. */
  private writing: { readonly id: WriteId; lastIndex: LogIndex }[] = [];

  /** @param membership follows the configuration entries of this log. */
  constructor(
    private readonly reader: LogReader,
    start: LogStart,
    private readonly membership: Membership,
  ) {
    this._base = { index: start.baseIndex, term: start.baseTerm, timeMs: start.baseTimeMs };
    this._lastIndex = start.lastIndex;
    this._durableIndex = start.lastIndex;
    this._commitIndex = start.commitIndex;
    this.unwrittenFrom = logIndex(start.lastIndex + 1);
    this.validate();
  }

  /** The entry before the first one kept: what is known of all that was compacted. */
  get base(): LogPoint {
    return this._base;
  }

  get lastIndex(): LogIndex {
    return this._lastIndex;
  }

  get lastTerm(): Term {
    return this.knownTerm(this._lastIndex);
  }

  get durableIndex(): LogIndex {
    return this._durableIndex;
  }

  get commitIndex(): LogIndex {
    return this._commitIndex;
  }

  /** Committed and on this replica's own disk: only such entries may be applied. */
  get applicableIndex(): LogIndex {
    return logIndex(Math.min(this._commitIndex, this._durableIndex));
  }

  /** Log time of the last entry, 0 for a log that never had one. */
  get lastTimeMs(): number {
    return this.recent.at(-1)?.timeMs ?? this.point(this._lastIndex).timeMs;
  }

  /** Term and log time of the entry at `index`, which is kept or the base. */
  point(index: LogIndex): LogPoint {
    if (index === this._base.index) return this._base;
    const [entry] = this.entries(index, logIndex(index + 1), 1);
    invariant(entry !== undefined, 'RaftLog: has the entry', { index });
    return { index, term: entry.term, timeMs: entry.timeMs };
  }

  term(index: LogIndex): Term | undefined {
    if (index > this._lastIndex || index < this._base.index) return undefined;
    if (index === this._base.index) return this._base.term;
    const first = this.recent[0];
    if (first !== undefined && index >= first.index) {
      return this.recent[index - first.index]?.term;
    }
    return this.reader.term(index);
  }

  /**
   * Entries in [from, toExclusive) until `bytesMax` is passed or the part on disk ends; at least
   * one when there are any.
   */
  entries(from: LogIndex, toExclusive: LogIndex, bytesMax: number): readonly Entry[] {
    invariant(from > this._base.index, 'RaftLog: reads above the base', { from });
    const end = Math.min(toExclusive, this._lastIndex + 1);
    if (from >= end) return [];
    const first = this.recent[0];
    if (first === undefined || from < first.index) {
      const durableEnd = first === undefined ? end : Math.min(end, first.index);
      const read = this.reader.entries(from, logIndex(durableEnd), bytesMax);
      invariant(read[0]?.index === from, 'RaftLog: finds on disk what is durable', { from });
      return read;
    }
    const taken: Entry[] = [];
    let bytes = 0;
    for (let index = from as number; index < end; index += 1) {
      const entry = this.recent[index - first.index];
      invariant(entry !== undefined, 'RaftLog: recent is contiguous', { index });
      bytes += entryBytes(entry);
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(entry);
    }
    return taken;
  }

  /** Raft §5.4.1: the candidate's log ends in a later term, or in the same and is not shorter. */
  isUpToDate(lastLogIndex: LogIndex, lastLogTerm: Term): boolean {
    if (lastLogTerm !== this.lastTerm) return lastLogTerm > this.lastTerm;
    return lastLogIndex >= this._lastIndex;
  }

  matches(index: LogIndex, expectedTerm: Term): boolean {
    return this.term(index) === expectedTerm;
  }

  /** The last index at or below `index` whose term is at most `bound` (fast back-off, §5.3). */
  lastIndexWithTermAtMost(index: LogIndex, bound: Term): LogIndex {
    let candidate = Math.min(index, this._lastIndex);
    while (candidate > this._base.index) {
      const found = this.term(logIndex(candidate));
      if (found === undefined || found <= bound) break;
      candidate -= 1;
    }
    return logIndex(Math.max(candidate, this._base.index));
  }

  /** Appends new entries of the leader itself. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) this.push(entry);
    this.validate();
  }

  /**
   * Raft §5.3, steps 3 and 4 of AppendEntries: drops a conflicting suffix and appends what is new.
   * The caller has checked that the log matches just before the first entry.
   */
  reconcile(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (this.matches(entry.index, entry.term)) continue;
      if (entry.index <= this._lastIndex) this.truncate(entry.index);
      this.push(entry);
    }
    this.validate();
  }

  /** @returns whether the commit index grew. */
  commitTo(index: LogIndex): boolean {
    if (index <= this._commitIndex) return false;
    invariant(index <= this._lastIndex, 'RaftLog: commits only what it has', {
      index,
      lastIndex: this._lastIndex,
    });
    this._commitIndex = index;
    this.membership.committedThrough(index);
    return true;
  }

  /**
   * Forgets the entries up to `through`, which the state machine has applied durably (Raft §7).
   * Their disk is asked to follow with the next write.
   */
  compact(through: LogIndex): void {
    invariant(through > this._base.index, 'RaftLog: compaction goes on', { through });
    invariant(through <= this.applicableIndex, 'RaftLog: compacts only what could be applied', {
      through,
      applicableIndex: this.applicableIndex,
    });
    const point = this.point(through);
    const first = this.recent[0];
    if (first !== undefined && first.index <= through) {
      const dropped = this.recent.splice(0, through - first.index + 1);
      for (const entry of dropped) this.recentBytes -= entryBytes(entry);
    }
    this._base = point;
    this.compactThrough = point;
    this.validate();
  }

  /**
   * Replaces the whole log by a snapshot's point (Raft §7): what it held besides is either part of
   * the snapshot or contradicts it. Becomes durable as one write.
   *
   * @param members who they were at that point.
   */
  reset(point: LogPoint, members: Configuration): void {
    invariant(point.index > this._commitIndex, 'RaftLog: a snapshot never goes back', {
      point: point.index,
      commitIndex: this._commitIndex,
    });
    // Entries at and above the point that the disk may have belong to another history.
    if (point.index < this.unwrittenFrom) {
      this.truncateFrom = logIndex(Math.min(point.index, this.truncateFrom ?? point.index));
    }
    const kept = this._commitIndex;
    this._durableIndex = logIndex(Math.min(this._durableIndex, kept));
    for (const write of this.writing) write.lastIndex = logIndex(Math.min(write.lastIndex, kept));
    this.recent = [];
    this.recentBytes = 0;
    this._base = point;
    this._lastIndex = point.index;
    this._commitIndex = point.index;
    this.membership.replaced(members);
    this.compactThrough = point;
    this.resetUnwritten = true;
    this.unwrittenFrom = logIndex(point.index + 1);
    this.validate();
  }

  get hasUnwritten(): boolean {
    return (
      this.truncateFrom !== null ||
      this.compactThrough !== null ||
      this.unwrittenFrom <= this._lastIndex
    );
  }

  /** Hands over what must reach the disk next, as write `id`. */
  takeUnwritten(id: WriteId): LogChange {
    const { truncateFrom, compactThrough } = this;
    this.truncateFrom = null;
    this.compactThrough = null;
    if (this.resetUnwritten) {
      this.resetUnwritten = false;
      this.writing.push({ id, lastIndex: this._base.index });
      return { truncateFrom, entries: [], compactThrough };
    }
    const first = this.recent[0];
    const entries =
      first === undefined ? [] : this.recent.slice(Math.max(0, this.unwrittenFrom - first.index));
    this.unwrittenFrom = logIndex(this._lastIndex + 1);
    this.writing.push({ id, lastIndex: this._lastIndex });
    return { truncateFrom, entries, compactThrough };
  }

  /** The write that makes `index` durable: 0 when it is, `next` when it was not handed over yet. */
  writeCovering(index: LogIndex, next: WriteId): WriteId {
    if (index <= this._durableIndex) return writeId(0);
    const handedOver = this.writing.find((write) => write.lastIndex >= index);
    if (handedOver !== undefined) return handedOver.id;
    // A reset goes alone, before the entries that follow it.
    return this.resetUnwritten && index > this._base.index ? writeId(next + 1) : next;
  }

  /** Write `id` and all before it are on the disk. @returns whether the durable index grew. */
  written(id: WriteId): boolean {
    let durable: number = this._durableIndex;
    while (this.writing[0] !== undefined && this.writing[0].id <= id) {
      durable = Math.max(durable, this.writing.shift()?.lastIndex ?? 0);
    }
    const grew = durable > this._durableIndex;
    this._durableIndex = logIndex(durable);
    this.evict();
    this.validate();
    return grew;
  }

  private push(entry: Entry): void {
    invariant(entry.index === this._lastIndex + 1, 'RaftLog: indexes have no gap', {
      index: entry.index,
      lastIndex: this._lastIndex,
    });
    this.recent.push(entry);
    this.recentBytes += entryBytes(entry);
    this._lastIndex = entry.index;
    if (entry.kind === 'configuration') {
      this.membership.appended(entry.index, decodeConfiguration(entry.data));
    }
  }

  private truncate(from: LogIndex): void {
    invariant(from > this._commitIndex, 'RaftLog: committed entries never change (Raft §5.4)', {
      from,
      commitIndex: this._commitIndex,
    });
    const first = this.recent[0];
    if (first !== undefined) {
      const dropped = this.recent.splice(Math.max(0, from - first.index));
      for (const entry of dropped) this.recentBytes -= entryBytes(entry);
    }
    const kept = logIndex(from - 1);
    this._lastIndex = kept;
    this.membership.truncated(from);
    this._durableIndex = logIndex(Math.min(this._durableIndex, kept));
    for (const write of this.writing) write.lastIndex = logIndex(Math.min(write.lastIndex, kept));
    // What was never handed over needs no deletion; what was, or is on disk, does.
    if (from < this.unwrittenFrom) {
      this.truncateFrom = logIndex(Math.min(from, this.truncateFrom ?? from));
      this.unwrittenFrom = from;
    }
  }

  /** Forgets the oldest durable entries beyond the memory limit. */
  private evict(): void {
    let count = 0;
    while (this.recentBytes > RECENT_BYTES_MAX) {
      const oldest = this.recent[count];
      if (oldest === undefined || oldest.index > this._durableIndex) break;
      this.recentBytes -= entryBytes(oldest);
      count += 1;
    }
    if (count > 0) this.recent.splice(0, count);
  }

  private knownTerm(index: LogIndex): Term {
    const found = this.term(index);
    invariant(found !== undefined, 'RaftLog: knows the term', { index });
    return term(found);
  }

  private validate(): void {
    const { index: baseIndex } = this._base;
    invariant(baseIndex <= this._commitIndex, 'RaftLog: baseIndex <= commitIndex', { baseIndex });
    invariant(this._commitIndex <= this._lastIndex, 'RaftLog: commitIndex <= lastIndex', {
      commitIndex: this._commitIndex,
      lastIndex: this._lastIndex,
    });
    invariant(this._durableIndex <= this._lastIndex, 'RaftLog: durableIndex <= lastIndex', {
      durableIndex: this._durableIndex,
      lastIndex: this._lastIndex,
    });
  }
}
