import { invariant } from '@sinkron/invariant';
import type { RaftWrite } from '../core/durable-state.js';
import { entryBytes, type Entry } from '../core/entry.js';
import type { HardState } from '../core/hard-state.js';
import { logIndex, term, type LogIndex, type Term, type WriteId } from '../core/identifiers.js';
import type { LogPoint } from '../core/log/log-point.js';
import type { LogReader } from '../core/log/log-reader.js';

/** The point before a whole log. */
export const LOG_START: LogPoint = { index: logIndex(0), term: term(0), timeMs: 0 };

/**
 * A disk that flushes when it is told to, and forgets the rest in a crash.
 *
 * It is strict about what a core may ask of it: only whole entries that it was told are durable.
 */
export class MemoryDisk implements LogReader {
  private readonly log: Entry[] = [];
  private logBase: LogPoint = LOG_START;
  private pending: RaftWrite[] = [];
  private takenId = 0;

  constructor(
    private durableHardState: HardState,
    entries: readonly Entry[],
  ) {
    this.log.push(...entries);
  }

  get hardState(): HardState {
    return this.durableHardState;
  }

  /** What precedes the log that would be found after a crash. */
  get base(): LogPoint {
    return this.logBase;
  }

  /** The log that would be found after a crash. */
  get durableEntries(): readonly Entry[] {
    return this.log;
  }

  get lastIndex(): LogIndex {
    return logIndex(this.logBase.index + this.log.length);
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  write(write: RaftWrite): void {
    invariant(write.id > this.takenId, 'MemoryDisk: write ids grow', { id: write.id });
    this.takenId = write.id;
    this.pending.push(write);
  }

  /** Makes the oldest `count` writes durable. @returns the id of the last of them. */
  flush(count: number = this.pending.length): WriteId | null {
    let last: WriteId | null = null;
    for (const write of this.pending.splice(0, count)) {
      this.makeDurable(write);
      last = write.id;
    }
    return last;
  }

  /** Power is cut: what was not flushed is gone. */
  crash(): void {
    this.pending = [];
    this.takenId = 0;
  }

  entries(from: LogIndex, toExclusive: LogIndex, bytesMax: number): readonly Entry[] {
    invariant(toExclusive <= this.lastIndex + 1, 'MemoryDisk: only durable entries are read', {
      toExclusive,
      durable: this.lastIndex,
    });
    invariant(from > this.logBase.index, 'MemoryDisk: compacted entries are not read', { from });
    const taken: Entry[] = [];
    let bytes = 0;
    for (const entry of this.log.slice(this.place(from), this.place(toExclusive))) {
      bytes += entryBytes(entry);
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(entry);
    }
    return taken;
  }

  term(index: LogIndex): Term | undefined {
    invariant(index <= this.lastIndex, 'MemoryDisk: only durable terms are read', { index });
    return index === this.logBase.index ? this.logBase.term : this.log[this.place(index)]?.term;
  }

  /** Whether the entry, or a snapshot that includes it, would be found after a crash. */
  holds({ index, term: entryTerm }: Pick<Entry, 'index' | 'term'>): boolean {
    if (index <= this.logBase.index) return true;
    return this.log[this.place(index)]?.term === entryTerm;
  }

  private place(index: number): number {
    return index - this.logBase.index - 1;
  }

  private makeDurable(write: RaftWrite): void {
    if (write.hardState !== null) this.durableHardState = write.hardState;
    if (write.truncateFrom !== null) this.log.splice(this.place(write.truncateFrom));
    for (const entry of write.entries) {
      invariant(entry.index === this.lastIndex + 1, 'MemoryDisk: the log has no gap', {
        index: entry.index,
        durable: this.lastIndex,
      });
      this.log.push(entry);
    }
    if (write.compactThrough !== null) this.compact(write.compactThrough);
  }

  private compact(through: LogPoint): void {
    const kept = this.log[this.place(through.index)]?.term;
    invariant(kept === undefined || kept === through.term, 'MemoryDisk: the base is an entry', {
      through,
      kept,
    });
    this.log.splice(0, this.place(through.index + 1));
    this.logBase = through;
  }
}
