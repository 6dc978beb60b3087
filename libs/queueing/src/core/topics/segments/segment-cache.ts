import { MESSAGES_CACHED_MAX, SEGMENTS_CACHED_MAX } from '../limits.js';
import type { Segment } from './segment.js';

/** Who is told when a segment leaves the memory. */
export interface SegmentOwner {
  forget(segment: Segment): void;
}

/**
 * The segments of a shard that are in memory, without bodies; those used longest ago leave first.
 * Only `trim` lets any go, between two commands: a segment that a command has changed stays.
 */
export class SegmentCache {
  private readonly owners = new Map<string, readonly [segment: Segment, owner: SegmentOwner]>();
  private messages = 0;

  get(key: string): Segment | undefined {
    return this.owners.get(key)?.[0];
  }

  add(segment: Segment, owner: SegmentOwner): void {
    this.owners.set(segment.key, [segment, owner]);
    this.messages += segment.count;
  }

  /** It is used now. */
  touch(segment: Segment): void {
    const entry = this.owners.get(segment.key);
    if (entry === undefined) return;
    this.owners.delete(segment.key);
    this.owners.set(segment.key, entry);
  }

  remove(segment: Segment): void {
    if (this.owners.delete(segment.key)) this.messages -= segment.count;
  }

  trim(): void {
    for (const [segment, owner] of this.owners.values()) {
      if (this.owners.size <= SEGMENTS_CACHED_MAX && this.messages <= MESSAGES_CACHED_MAX) return;
      this.remove(segment);
      owner.forget(segment);
    }
  }
}
