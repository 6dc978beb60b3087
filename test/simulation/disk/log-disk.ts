import {
  decodeConfiguration,
  entryKind,
  type Configuration,
  type GroupWrite,
  type LogEntryRecord,
  type LogPort,
} from '@sinkron/consensus';
import type { Prng } from '../random/prng.js';
import { Digest } from '../world/digest.js';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import { DiskFailure } from './disk-failure.js';
import type { DiskOptions } from './disk-options.js';

interface HardState {
  readonly term: number;
  readonly votedFor: string | null;
}

interface PendingWrite {
  readonly write: GroupWrite;
  lost: boolean;
}

/** What precedes a log; `chain` stands for all entries up to it. */
interface LogBase {
  readonly index: number;
  readonly term: number;
  readonly timeMs: number;
  readonly chain: number;
}

/** An entry as far as the checks need to know it. */
export interface WrittenEntry {
  readonly index: number;
  readonly term: number;
  /** Over this entry and all before it. */
  readonly chain: number;
  /** What it says the members are; null for an entry of another kind. */
  readonly members: Configuration | null;
}

/** Writes in a thousand, of those lost by a crash while they are under way, that are half done. */
const TORN_PERMILLE = 500;

const LOG_START: LogBase = { index: 0, term: 0, timeMs: 0, chain: 0 };

/**
 * The log of one group on one machine: writes become durable after a while, in order; a crash
 * loses those that did not, or leaves some of them in place although nobody was told.
 */
export class LogDisk implements LogPort {
  /** Told of every entry handed over, before it is durable. */
  onWritten: (entry: WrittenEntry, previousTerm: number) => void = () => {};
  /** Told of every vote handed over, before it is durable. */
  onVote: () => void = () => {};
  /** Told of a write that failed: the process must stop. */
  onFailed: (failure: DiskFailure) => void = () => {};
  /** What stands for the entries up to one that somebody has written, for a log that begins there. */
  chainOf: (index: number, term: number) => number = () => 0;
  protected hardState: HardState = { term: 0, votedFor: null };
  private base: LogBase = LOG_START;
  /** Durable; the first one follows the base. */
  private records: LogEntryRecord[] = [];
  private durableChains: number[] = [];
  /** Handed over, durable or not: what follows `writtenBase`. */
  private writtenBase: LogBase = LOG_START;
  private writtenTerms: number[] = [];
  private writtenChains: number[] = [];
  protected pending: PendingWrite[] = [];
  private flushedUntilUs = 0;
  /** The next flush fails. */
  private failing = false;
  /** Until then every flush takes so much longer, virtual microseconds. */
  private slow = { untilUs: 0, byUs: 0 };
  /** Durable entries whose bytes have changed since. */
  private readonly flippedEntries = new Set<number>();
  private headerFlipped = false;
  private watched = false;

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
    return this.base.index + this.records.length;
  }

  /** Undefined where the log does not reach, or begins later. */
  durableChain(index: number): number | undefined {
    if (index === this.base.index) return this.base.chain;
    return this.durableChains[index - this.base.index - 1];
  }

  /** Whether something on it is not what was written: a replica with it does not count any more. */
  get corrupted(): boolean {
    return this.headerFlipped || this.flippedEntries.size > 0;
  }

  /** Lets the next flush fail, also one that is under way. */
  failOnce(): void {
    this.failing = true;
  }

  slowDown(durationUs: number, byUs: number): void {
    this.slow = { untilUs: this.world.nowUs + durationUs, byUs };
  }

  /** Works again; what is corrupted stays so. */
  heal(): void {
    this.failing = false;
    this.slow = { untilUs: 0, byUs: 0 };
  }

  /** Bytes at rest change. @returns whether there was something to change. */
  flip(): boolean {
    const { base, records, random } = this;
    if (base.index + records.length === 0) return false;
    if (records.length === 0 || random.permille(200)) this.headerFlipped = true;
    else this.flippedEntries.add(base.index + 1 + random.integer(0, records.length));
    return true;
  }

  write(batch: readonly GroupWrite[], flushed: () => void): void {
    for (const write of batch) this.accept(write);
    const pending = batch.map((write) => ({ write: copyOf(write), lost: false }));
    this.pending.push(...pending);
    this.world.schedule(this.flushDelayUs(), () => {
      if (this.failing && pending.every(({ lost }) => !lost)) {
        this.failing = false;
        return this.onFailed(new DiskFailure('error', 'the log could not be written'));
      }
      for (const write of pending) {
        if (write.lost) return;
        this.makeDurable(write.write);
        this.pending.shift();
      }
      flushed();
    });
  }

  /** @throws DiskFailure: all of it is read, checksums included. */
  load(): ReturnType<LogPort['load']> {
    if (this.headerFlipped) throw new DiskFailure('corruption', 'the hard state');
    for (const index of this.flippedEntries) throw new DiskFailure('corruption', `entry ${index}`);
    const { hardState, base, durableLastIndex: lastIndex } = this;
    const { index: baseIndex, term: baseTerm, timeMs: baseTimeMs } = base;
    return { hardState, baseIndex, baseTerm, baseTimeMs, lastIndex };
  }

  entries(_group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[] {
    const { base, durableLastIndex: durable } = this;
    expectPromise(toExclusive <= durable + 1, 'only flushed entries are read back', {
      toExclusive,
      durable,
    });
    expectPromise(from > base.index, 'compacted entries are not read', { from, base: base.index });
    const taken: LogEntryRecord[] = [];
    let bytes = 0;
    for (const record of this.records.slice(from - base.index - 1, toExclusive - base.index - 1)) {
      this.verify(record.index);
      bytes += record.data.byteLength;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push({ ...record, data: Uint8Array.from(record.data) });
    }
    return taken;
  }

  term(_group: string, index: number): number | undefined {
    const { base } = this;
    this.verify(index);
    return index === base.index ? base.term : this.records[index - base.index - 1]?.term;
  }

  /** What was written becomes durable now: an orderly end waits for it. */
  settle(): void {
    for (const pending of this.pending.splice(0)) {
      this.makeDurable(pending.write);
      pending.lost = true;
    }
  }

  /** Power is cut. */
  crash(): void {
    while (this.pending[0] !== undefined && this.random.permille(this.options.survivePermille)) {
      this.world.met('unacknowledged write survived a crash');
      this.makeDurable(this.pending[0].write);
      this.pending[0].lost = true;
      this.pending.shift();
    }
    const [underWay] = this.pending;
    if (underWay !== undefined && this.random.permille(TORN_PERMILLE)) {
      this.world.met('write torn by a crash');
      this.tear(underWay.write);
    }
    for (const pending of this.pending) {
      pending.lost = true;
      if (pending.write.entries.length > 0) this.world.met('entries lost by a crash');
      if (holdsVote(pending.write)) this.world.met('vote lost by a crash');
      if (pending.write.compactThrough !== undefined) this.world.met('compaction lost by a crash');
    }
    this.pending = [];
    this.restartWritten();
    this.flushedUntilUs = this.world.nowUs;
  }

  private restartWritten(): void {
    this.writtenBase = this.base;
    this.writtenTerms = this.records.map((record) => record.term);
    this.writtenChains = [...this.durableChains];
  }

  protected flushDelayUs(): number {
    const { flushUsMin, flushUsMax, stallPermille, stallUsMax } = this.options;
    let delayUs = this.random.integer(flushUsMin, flushUsMax + 1);
    if (this.random.permille(stallPermille)) {
      this.world.met('disk stalled');
      delayUs += this.random.integer(1, stallUsMax + 1);
    }
    if (this.world.nowUs < this.slow.untilUs) delayUs += this.slow.byUs;
    this.flushedUntilUs = Math.max(this.flushedUntilUs, this.world.nowUs + delayUs);
    return this.flushedUntilUs - this.world.nowUs;
  }

  /** Takes flushed entries back, for a disk that lies. */
  protected lose(lastIndex: number): void {
    this.records.length = Math.max(0, Math.min(this.records.length, lastIndex - this.base.index));
    this.durableChains.length = this.records.length;
    for (const index of this.flippedEntries) {
      if (index > this.durableLastIndex) this.flippedEntries.delete(index);
    }
  }

  /** Lets the checks look at it: no process has read anything then. */
  unnoticed<Read>(read: () => Read): Read {
    const before = this.watched;
    this.watched = true;
    try {
      return read();
    } finally {
      this.watched = before;
    }
  }

  private verify(index: number): void {
    if (this.watched) return;
    if (this.flippedEntries.has(index)) throw new DiskFailure('corruption', `entry ${index}`);
  }

  /** Takes back what begins with the first changed entry, for a disk that thinks nothing of it. */
  protected cutAtFlip(): void {
    if (this.headerFlipped) this.hardState = { ...this.hardState, votedFor: null };
    this.headerFlipped = false;
    const from = Math.min(...this.flippedEntries);
    if (from === Infinity) return;
    this.lose(from - 1);
    this.flippedEntries.clear();
    this.restartWritten();
  }

  /** Some pages of the write are on the disk, but not the last one, which makes all of them count. */
  protected tear(_write: GroupWrite): void {}

  private accept(write: GroupWrite): void {
    if (holdsVote(write)) this.onVote();
    if (write.truncateFrom !== undefined) this.truncateWritten(write.truncateFrom);
    for (const entry of write.entries) {
      const { index, term } = entry;
      const lastIndex = this.writtenBase.index + this.writtenTerms.length;
      expectPromise(index === lastIndex + 1, 'a log is written without gaps', { index, lastIndex });
      const chain = chainOf(this.writtenChains.at(-1) ?? this.writtenBase.chain, entry);
      const members = entryKind(entry.kind) === 'configuration' ? entry.data : null;
      const written = {
        index,
        term,
        chain,
        members: members === null ? null : decodeConfiguration(members),
      };
      this.onWritten(written, this.writtenTerms.at(-1) ?? this.writtenBase.term);
      this.writtenTerms.push(term);
      this.writtenChains.push(chain);
    }
    const { compactThrough: point } = write;
    if (point === undefined) return;
    const dropped = point.index - this.writtenBase.index;
    const chain = this.writtenChains[dropped - 1] ?? this.chainOf(point.index, point.term);
    expectPromise(
      this.writtenTerms[dropped - 1] === undefined || this.writtenTerms[dropped - 1] === point.term,
      'a log begins after an entry that it had, or anew',
      { point, had: this.writtenTerms[dropped - 1] },
    );
    this.writtenBase = { ...point, chain };
    this.writtenTerms.splice(0, dropped);
    this.writtenChains.splice(0, dropped);
  }

  private truncateWritten(from: number): void {
    const kept = Math.max(0, from - this.writtenBase.index - 1);
    if (kept < this.writtenTerms.length) this.world.met('conflicting suffix truncated');
    this.writtenTerms.length = Math.min(this.writtenTerms.length, kept);
    this.writtenChains.length = this.writtenTerms.length;
  }

  protected makeDurable(write: GroupWrite): void {
    // Every write replaces the header.
    this.headerFlipped = false;
    if (write.hardState !== undefined) this.hardState = write.hardState;
    if (write.truncateFrom !== undefined) this.lose(write.truncateFrom - 1);
    for (const entry of write.entries) {
      this.durableChains.push(chainOf(this.durableChains.at(-1) ?? this.base.chain, entry));
      this.records.push(entry);
    }
    const { compactThrough: point } = write;
    if (point === undefined) return;
    const reset = point.index > this.durableLastIndex;
    this.world.met(reset ? 'log reset to a snapshot' : 'log compacted');
    const chain = this.durableChain(point.index) ?? this.chainOf(point.index, point.term);
    const dropped = point.index - this.base.index;
    this.base = { ...point, chain };
    this.records.splice(0, dropped);
    this.durableChains.splice(0, dropped);
    for (const index of this.flippedEntries) {
      if (index <= point.index) this.flippedEntries.delete(index);
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
