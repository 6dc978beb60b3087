import type { MessageNote } from '../../commands/topic-command.js';
import type { SegmentNote } from '../segments/segment.js';

/** The notes of one publish, by offset. */
export class PublishNotes {
  readonly isEmpty: boolean;
  private readonly byOffset: ReadonlyMap<number, MessageNote>;

  constructor(
    notes: readonly MessageNote[],
    private readonly nowMs: number,
  ) {
    this.isEmpty = notes.length === 0;
    this.byOffset = new Map(notes.map((note) => [note.offset, note]));
  }

  at(offset: number): MessageNote | undefined {
    return this.isEmpty ? undefined : this.byOffset.get(offset);
  }

  /** What a segment keeps of a note; undefined when that is nothing. */
  segmentNote(offset: number, place: number): SegmentNote | undefined {
    const note = this.at(offset);
    if (note === undefined) return undefined;
    const { key = null, ttlMs, deliverAtMs, delayMs = 0 } = note;
    const wantedMs = deliverAtMs ?? this.nowMs + delayMs;
    const dueMs = wantedMs > this.nowMs ? wantedMs : null;
    const expiresAtMs = ttlMs === undefined ? null : this.nowMs + ttlMs;
    if (key === null && dueMs === null && expiresAtMs === null) return undefined;
    return { place, key, dueMs, expiresAtMs, origin: null };
  }
}
