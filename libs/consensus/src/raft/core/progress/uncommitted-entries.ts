import { entryBytes, type Entry } from '../entry.js';
import type { LogIndex } from '../identifiers.js';
import { UNCOMMITTED_BYTES_MAX, UNCOMMITTED_ENTRIES_MAX } from '../limits.js';

/** What a leader has appended in its term beyond the commit index: it must not grow without end. */
export class UncommittedEntries {
  /** Oldest first. */
  private entries: { readonly index: LogIndex; readonly bytes: number }[] = [];
  private bytes = 0;

  get count(): number {
    return this.entries.length;
  }

  /** Whether no more may be appended until something is committed. */
  get full(): boolean {
    return this.bytes >= UNCOMMITTED_BYTES_MAX || this.entries.length >= UNCOMMITTED_ENTRIES_MAX;
  }

  add(entry: Entry): void {
    const bytes = entryBytes(entry);
    this.entries.push({ index: entry.index, bytes });
    this.bytes += bytes;
  }

  committedThrough(index: LogIndex): void {
    const firstOpen = this.entries.findIndex((entry) => entry.index > index);
    const count = firstOpen === -1 ? this.entries.length : firstOpen;
    for (const entry of this.entries.splice(0, count)) this.bytes -= entry.bytes;
  }
}
