import {
  MESSAGES_CACHED_MAX,
  PACKED_CACHED_MAX,
  SEGMENT_BYTES_MAX,
  SEGMENTS_CACHED_MAX,
} from '../limits.js';
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
  /** Bodies of segments that were read lately: receives one after the other ask for the same ones. */
  private readonly packed = new Map<string, Uint8Array>();
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
    this.packed.delete(segment.key);
  }

  packedOf(key: string): Uint8Array | undefined {
    return this.packed.get(key);
  }

  /** @param bytes of a segment, which stay as they are. */
  keepPacked(key: string, bytes: Uint8Array): void {
    if (bytes.length > 2 * SEGMENT_BYTES_MAX) return;
    this.packed.set(key, bytes);
    for (const oldest of this.packed.keys()) {
      if (this.packed.size <= PACKED_CACHED_MAX) return;
      this.packed.delete(oldest);
    }
  }

  trim(): void {
    for (const [segment, owner] of this.owners.values()) {
      if (this.owners.size <= SEGMENTS_CACHED_MAX && this.messages <= MESSAGES_CACHED_MAX) return;
      this.remove(segment);
      owner.forget(segment);
    }
  }
}
