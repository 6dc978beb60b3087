import { invariant } from '@sinkron/invariant';
import { utf8Bytes } from '@sinkron/utf8';
import type { StoredMessage } from '../../ports.js';
import { Marks } from './marks.js';

/** Where a dead letter comes from. */
export interface Origin {
  readonly topic: string;
  readonly group: string;
  readonly sequence: number;
}

/** What the machine knows of a message besides its place; most have none. */
export interface SegmentNote {
  readonly place: number;
  readonly key: string | null;
  /** Until then it is delayed; null: open from its publish on. */
  readonly dueMs: number | null;
  readonly expiresAtMs: number | null;
  readonly origin: Origin | null;
}

export interface SegmentFacts {
  readonly key: string;
  readonly priority: number;
  readonly first: number;
  readonly publishedAtMs: number;
  /** Sequences less `first`, ascending; null: one after the other. */
  readonly offsets: readonly number[] | null;
  /** Of the packed messages. */
  readonly sizes: readonly number[];
  /** By ascending place. */
  readonly notes: readonly SegmentNote[];
}

/**
 * Messages of one publish with the same priority, stored in one record; the memory holds what is
 * needed without their bodies. What becomes of them is in `marks`.
 */
export class Segment {
  /** Its marks have a record. */
  marked = false;
  readonly last: number;
  private readonly noteAt: ReadonlyMap<number, SegmentNote> | null;

  constructor(
    readonly facts: SegmentFacts,
    readonly marks = new Marks(),
  ) {
    const { notes } = facts;
    this.last = this.sequenceAt(this.count - 1);
    this.noteAt = notes.length === 0 ? null : new Map(notes.map((note) => [note.place, note]));
  }

  get key(): string {
    return this.facts.key;
  }

  get first(): number {
    return this.facts.first;
  }

  get count(): number {
    return this.facts.sizes.length;
  }

  /** Messages that are not removed. */
  get stored(): number {
    return this.count - (this.marks.removed?.count ?? 0);
  }

  /** The least sequence of a message that is not removed. */
  get firstStored(): number {
    let place = 0;
    while (this.isRemoved(place)) place += 1;
    return this.sequenceAt(place);
  }

  sequenceAt(place: number): number {
    const { first, offsets } = this.facts;
    if (offsets === null) return first + place;
    const offset = offsets[place];
    invariant(offset !== undefined, 'Segment: place < count', { place, count: this.count });
    return first + offset;
  }

  /** -1: it is not here. */
  placeOf(sequence: number): number {
    const { first, offsets } = this.facts;
    const offset = sequence - first;
    if (offsets === null) return offset >= 0 && offset < this.count ? offset : -1;
    const place = this.placeFrom(sequence);
    return offsets[place] === offset ? place : -1;
  }

  /** The first place whose sequence is at least this; `count` if none is. */
  placeFrom(sequence: number): number {
    const { first, offsets } = this.facts;
    const offset = sequence - first;
    if (offsets === null) return Math.min(Math.max(offset, 0), this.count);
    let [low, high] = [0, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  note(place: number): SegmentNote | undefined {
    return this.noteAt?.get(place);
  }

  /** Its place among the messages of its key, once it is open. */
  keyOrderAt(place: number): number {
    return this.marks.keyOrders.get(place) ?? this.sequenceAt(place);
  }

  /** Of the message as it is stored, with its key. */
  bytesAt(place: number): number {
    const size = this.facts.sizes[place];
    invariant(size !== undefined, 'Segment: place < count', { place, count: this.count });
    const key = this.note(place)?.key ?? null;
    return key === null ? size : size + utf8Bytes(key);
  }

  /** No message has a key, a time or an origin, and none has expired. */
  get isPlain(): boolean {
    return this.noteAt === null && this.marks.expired === null;
  }

  isRemoved(place: number): boolean {
    return this.marks.removed?.has(place) === true;
  }

  isDelayed(place: number): boolean {
    if (this.noteAt === null || this.note(place)?.dueMs === null) return false;
    return this.note(place) !== undefined && this.marks.matured?.has(place) !== true;
  }

  isExpired(place: number): boolean {
    return this.marks.expired?.has(place) === true;
  }

  /** Neither removed nor past its ttl, and not before its time. */
  isOpen(place: number): boolean {
    return !this.isRemoved(place) && !this.isExpired(place) && !this.isDelayed(place);
  }

  message(place: number): StoredMessage {
    const sequence = this.sequenceAt(place);
    const { priority, publishedAtMs } = this.facts;
    const note = this.note(place);
    return {
      sequence,
      priority,
      bytes: this.bytesAt(place),
      publishedAtMs,
      key: note?.key ?? null,
      keyOrder: this.keyOrderAt(place),
      expiresAtMs: note?.expiresAtMs ?? null,
    };
  }

  /** The moments at which something is due here, each once. */
  get dueTimes(): readonly number[] {
    const times = new Set<number>();
    for (const { dueMs, expiresAtMs } of this.facts.notes) {
      if (dueMs !== null) times.add(dueMs);
      if (expiresAtMs !== null) times.add(expiresAtMs);
    }
    return [...times];
  }
}
