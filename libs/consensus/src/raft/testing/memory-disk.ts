import { invariant } from '@sinkron/invariant';
import type { RaftWrite } from '../core/durable-state.js';
import { entryBytes, type Entry } from '../core/entry.js';
import type { HardState } from '../core/hard-state.js';
import type { LogIndex, Term, WriteId } from '../core/identifiers.js';
import type { LogReader } from '../core/log/log-reader.js';

/**
 * A disk that flushes when it is told to, and forgets the rest in a crash.
 *
 * It is strict about what a core may ask of it: only whole entries that it was told are durable.
 */
export class MemoryDisk implements LogReader {
  private readonly log: Entry[] = [];
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

  /** The log that would be found after a crash. */
  get durableEntries(): readonly Entry[] {
    return this.log;
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
    invariant(toExclusive <= this.log.length + 1, 'MemoryDisk: only durable entries are read', {
      toExclusive,
      durable: this.log.length,
    });
    const taken: Entry[] = [];
    let bytes = 0;
    for (const entry of this.log.slice(from - 1, toExclusive - 1)) {
      bytes += entryBytes(entry);
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(entry);
    }
    return taken;
  }

  term(index: LogIndex): Term | undefined {
    invariant(index <= this.log.length, 'MemoryDisk: only durable terms are read', { index });
    return this.log[index - 1]?.term;
  }

  private makeDurable(write: RaftWrite): void {
    if (write.hardState !== null) this.durableHardState = write.hardState;
    if (write.truncateFrom !== null) this.log.splice(write.truncateFrom - 1);
    for (const entry of write.entries) {
      invariant(entry.index === this.log.length + 1, 'MemoryDisk: the log has no gap', {
        index: entry.index,
        durable: this.log.length,
      });
      this.log.push(entry);
    }
  }
}
