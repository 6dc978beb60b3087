import { invariant } from '@sinkron/invariant';
import { entryBytes, type Entry } from '../../core/entry.js';
import type { LogKeeping } from '../limits.js';

/** A stretch of applied entries that is compacted at once. */
interface Segment {
  readonly lastIndex: number;
  readonly bytes: number;
}

/**
 * How much of the applied log is kept: it is cut into segments as it is applied, and the oldest one
 * goes when those after it hold enough. So the log is compacted in bounded steps.
 *
 * Bytes of entries that were applied before this start are not known; they count as none.
 */
export class LogRetention {
  private segments: Segment[] = [];
  private segmentBytes = 0;
  private openFrom: number;
  private openBytes = 0;
  private appliedIndex: number;

  /** @param baseIndex where the log begins. */
  constructor(
    private readonly keeping: LogKeeping,
    baseIndex: number,
    appliedIndex: number,
  ) {
    this.openFrom = baseIndex + 1;
    this.appliedIndex = baseIndex;
    while (this.appliedIndex < appliedIndex) this.grow(this.appliedIndex + 1, 0);
  }

  applied(entry: Entry): void {
    this.grow(entry.index, entryBytes(entry));
  }

  /** Through which index the log is to be compacted next, or null. */
  next(flushedIndex: number): number | null {
    const oldest = this.segments[0];
    if (oldest === undefined || oldest.lastIndex > flushedIndex) return null;
    const entriesBehind = this.appliedIndex - oldest.lastIndex;
    const bytesBehind = this.segmentBytes - oldest.bytes + this.openBytes;
    const enough = entriesBehind >= this.keeping.entries || bytesBehind >= this.keeping.bytes;
    return enough ? oldest.lastIndex : null;
  }

  /** The log was compacted through what `next` has named. */
  compacted(index: number): void {
    const oldest = this.segments.shift();
    invariant(oldest?.lastIndex === index, 'LogRetention: compacts the oldest segment', { index });
    this.segmentBytes -= oldest.bytes;
  }

  /** The log was replaced: it begins after `baseIndex`. */
  restart(baseIndex: number): void {
    this.segments = [];
    this.segmentBytes = 0;
    this.openFrom = baseIndex + 1;
    this.openBytes = 0;
    this.appliedIndex = baseIndex;
  }

  private grow(index: number, bytes: number): void {
    invariant(index === this.appliedIndex + 1, 'LogRetention: entries are applied in order', {
      index,
    });
    this.appliedIndex = index;
    this.openBytes += bytes;
    const entries = index - this.openFrom + 1;
    if (entries < this.keeping.stepEntries && this.openBytes < this.keeping.stepBytes) return;
    this.segments.push({ lastIndex: index, bytes: this.openBytes });
    this.segmentBytes += this.openBytes;
    this.openFrom = index + 1;
    this.openBytes = 0;
  }
}
