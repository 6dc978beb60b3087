import type { GroupWrite, LogEntryRecord, LogPort } from '@sinkron/consensus';
import type { Prng } from '../random/prng.js';
import { Digest } from '../world/digest.js';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import type { DiskOptions } from './disk-options.js';

interface HardState {
  readonly term: number;
  readonly votedFor: string | null;
}

interface PendingWrite {
  readonly write: GroupWrite;
  lost: boolean;
}

/** An entry as far as the checks need to know it. */
export interface WrittenEntry {
  readonly index: number;
  readonly term: number;
  /** Over this entry and all before it. */
  readonly chain: number;
}

/**
 * The log of one group on one machine: writes become durable after a while, in order; a crash
 * loses those that did not, or leaves some of them in place although nobody was told.
 */
export class LogDisk implements LogPort {
  /** Told of every entry handed over, before it is durable. */
  onWritten: (entry: WrittenEntry, previousTerm: number) => void = () => {};
  /** Told of every vote handed over, before it is durable. */
  onVote: () => void = () => {};
  protected hardState: HardState = { term: 0, votedFor: null };
  /** Durable; the entry of index i stands at i - 1. */
  private records: LogEntryRecord[] = [];
  private durableChains: number[] = [];
  /** Handed over, durable or not. */
  private writtenTerms: number[] = [];
  private writtenChains: number[] = [];
  protected pending: PendingWrite[] = [];
  private flushedUntilUs = 0;

  constructor(
    protected readonly world: World,
    private readonly random: Prng,
    private readonly options: DiskOptions,
  ) {}

  /** What would be found after a crash now. */
  get durableHardState(): HardState {
    return this.hardState;
  }

  get durableLastIndex(): number {
    return this.records.length;
  }

  durableChain(index: number): number | undefined {
    return this.durableChains[index - 1];
  }

  write(batch: readonly GroupWrite[], flushed: () => void): void {
    for (const write of batch) this.accept(write);
    const pending = batch.map((write) => ({ write: copyOf(write), lost: false }));
    this.pending.push(...pending);
    this.world.schedule(this.flushDelayUs(), () => {
      for (const write of pending) {
        if (write.lost) return;
        this.makeDurable(write.write);
        this.pending.shift();
      }
      flushed();
    });
  }

  load(): ReturnType<LogPort['load']> {
    const lastIndex = this.records.length;
    return { hardState: this.hardState, baseIndex: 0, baseTerm: 0, lastIndex };
  }

  entries(_group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[] {
    expectPromise(toExclusive <= this.records.length + 1, 'only flushed entries are read back', {
      toExclusive,
      durable: this.records.length,
    });
    const taken: LogEntryRecord[] = [];
    let bytes = 0;
    for (const record of this.records.slice(from - 1, toExclusive - 1)) {
      bytes += record.data.byteLength;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push({ ...record, data: Uint8Array.from(record.data) });
    }
    return taken;
  }

  term(_group: string, index: number): number | undefined {
    return index === 0 ? 0 : this.records[index - 1]?.term;
  }

  /** Power is cut. */
  crash(): void {
    while (this.pending[0] !== undefined && this.random.permille(this.options.survivePermille)) {
      this.world.met('unacknowledged write survived a crash');
      this.makeDurable(this.pending[0].write);
      this.pending[0].lost = true;
      this.pending.shift();
    }
    for (const pending of this.pending) {
      pending.lost = true;
      if (pending.write.entries.length > 0) this.world.met('entries lost by a crash');
      if (holdsVote(pending.write)) this.world.met('vote lost by a crash');
    }
    this.pending = [];
    this.writtenTerms = this.records.map((record) => record.term);
    this.writtenChains = [...this.durableChains];
    this.flushedUntilUs = this.world.nowUs;
  }

  protected flushDelayUs(): number {
    const { flushUsMin, flushUsMax, stallPermille, stallUsMax } = this.options;
    let delayUs = this.random.integer(flushUsMin, flushUsMax + 1);
    if (this.random.permille(stallPermille)) {
      this.world.met('disk stalled');
      delayUs += this.random.integer(1, stallUsMax + 1);
    }
    this.flushedUntilUs = Math.max(this.flushedUntilUs, this.world.nowUs + delayUs);
    return this.flushedUntilUs - this.world.nowUs;
  }

  /** Takes flushed entries back, for a disk that lies. */
  protected lose(lastIndex: number): void {
    this.records.length = Math.min(this.records.length, lastIndex);
    this.durableChains.length = this.records.length;
  }

  private accept(write: GroupWrite): void {
    if (holdsVote(write)) this.onVote();
    if (write.truncateFrom !== undefined) {
      if (write.truncateFrom <= this.writtenTerms.length) {
        this.world.met('conflicting suffix truncated');
      }
      this.writtenTerms.length = Math.min(this.writtenTerms.length, write.truncateFrom - 1);
      this.writtenChains.length = this.writtenTerms.length;
    }
    for (const entry of write.entries) {
      const { index, term } = entry;
      expectPromise(index === this.writtenTerms.length + 1, 'a log is written without gaps', {
        index,
        lastIndex: this.writtenTerms.length,
      });
      const chain = chainOf(this.writtenChains.at(-1) ?? 0, entry);
      this.onWritten({ index, term, chain }, this.writtenTerms.at(-1) ?? 0);
      this.writtenTerms.push(term);
      this.writtenChains.push(chain);
    }
  }

  private makeDurable(write: GroupWrite): void {
    if (write.hardState !== undefined) this.hardState = write.hardState;
    if (write.truncateFrom !== undefined) {
      this.records.length = Math.min(this.records.length, write.truncateFrom - 1);
      this.durableChains.length = this.records.length;
    }
    for (const entry of write.entries) {
      this.durableChains.push(chainOf(this.durableChains.at(-1) ?? 0, entry));
      this.records.push(entry);
    }
  }
}

function holdsVote({ hardState }: GroupWrite): boolean {
  return hardState !== undefined && hardState.votedFor !== null;
}

function chainOf(previous: number, entry: LogEntryRecord): number {
  const { index, term, kind, timeMs, data } = entry;
  const digest = new Digest().number(previous).number(index).number(term).number(kind);
  return digest.number(timeMs).bytes(data).value;
}

function copyOf(write: GroupWrite): GroupWrite {
  const entries = write.entries.map((entry) => ({ ...entry, data: Uint8Array.from(entry.data) }));
  return { ...write, entries };
}
