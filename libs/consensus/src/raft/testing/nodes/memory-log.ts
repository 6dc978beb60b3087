import { invariant } from '@sinkron/invariant';
import type { GroupWrite, HardStateRecord, LogEntryRecord, LogPort } from '../../driver/ports.js';

/** The log of a node with one group, flushed when its disk is told to. */
export class MemoryLog implements LogPort {
  private hardState: HardStateRecord = { term: 0, votedFor: null };
  private base = { index: 0, term: 0, timeMs: 0 };
  private records: LogEntryRecord[] = [];
  private waiting: { readonly batch: readonly GroupWrite[]; readonly flushed: () => void }[] = [];

  get baseIndex(): number {
    return this.base.index;
  }

  get lastIndex(): number {
    return this.base.index + this.records.length;
  }

  write(batch: readonly GroupWrite[], flushed: () => void): void {
    invariant(this.waiting.length === 0, 'MemoryLog: one batch at a time');
    this.waiting.push({ batch, flushed });
  }

  /** Flushes what waits. @returns whether there was anything. */
  settleDisk(): boolean {
    const waiting = this.waiting.splice(0);
    for (const { batch, flushed } of waiting) {
      for (const write of batch) this.apply(write);
      flushed();
    }
    return waiting.length > 0;
  }

  crash(): void {
    this.waiting = [];
  }

  load() {
    const { index: baseIndex, term: baseTerm, timeMs: baseTimeMs } = this.base;
    const { hardState, lastIndex } = this;
    return { hardState, baseIndex, baseTerm, baseTimeMs, lastIndex };
  }

  entries(_group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[] {
    invariant(from > this.base.index, 'MemoryLog: compacted entries are not read', { from });
    const taken: LogEntryRecord[] = [];
    let bytes = 0;
    for (const record of this.records.slice(this.place(from), this.place(toExclusive))) {
      bytes += record.data.byteLength;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(record);
    }
    return taken;
  }

  term(_group: string, index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.records[this.place(index)]?.term;
  }

  private place(index: number): number {
    return index - this.base.index - 1;
  }

  private apply({ hardState, truncateFrom, entries, compactThrough }: GroupWrite): void {
    if (hardState !== undefined) this.hardState = hardState;
    if (truncateFrom !== undefined) this.records.splice(this.place(truncateFrom));
    for (const entry of entries) {
      invariant(entry.index === this.lastIndex + 1, 'MemoryLog: no gap', { index: entry.index });
      this.records.push(entry);
    }
    if (compactThrough === undefined) return;
    this.records.splice(0, this.place(compactThrough.index + 1));
    this.base = compactThrough;
  }
}
