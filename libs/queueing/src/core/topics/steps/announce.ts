import type { StoredMessage } from '../../ports.js';
import type { Segment } from '../segments/segment.js';

/** The open messages of segments, ascending by sequence. */
export function openMessages(segments: readonly Segment[]): readonly StoredMessage[] {
  const messages: StoredMessage[] = [];
  for (const segment of segments) {
    for (let place = 0; place < segment.count; place += 1) {
      if (segment.isOpen(place)) messages.push(segment.message(place));
    }
  }
  if (segments.length > 1) messages.sort((one, other) => one.sequence - other.sequence);
  return messages;
}

/** All stored messages of a segment, delayed or not. */
export function storedMessages(segment: Segment): readonly StoredMessage[] {
  const messages: StoredMessage[] = [];
  for (let place = 0; place < segment.count; place += 1) {
    if (!segment.isRemoved(place)) messages.push(segment.message(place));
  }
  return messages;
}
