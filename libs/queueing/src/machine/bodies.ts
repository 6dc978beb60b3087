import type { StoredPart } from '../core/commands/topic-result.js';
import { takePacked } from '../core/message/packed-messages.js';
import type { Segment } from '../core/topics/segments/segment.js';
import type { Topic } from '../core/topics/state/topic.js';

/** The bodies of messages, as far as they are stored still: only these, none of their neighbours. */
export function bodiesOf(topic: Topic, sequences: readonly number[]): readonly StoredPart[] {
  const wanted = new Map<Segment, number[]>();
  for (const sequence of sequences) {
    const located = topic.segments.find(sequence);
    if (located === undefined) continue;
    const places = wanted.get(located.segment);
    if (places === undefined) wanted.set(located.segment, [located.place]);
    else places.push(located.place);
  }
  const parts: StoredPart[] = [];
  for (const [segment, unordered] of wanted) {
    const packed = topic.segments.packed(segment);
    if (packed === undefined) continue;
    const { publishedAtMs, sizes } = segment.facts;
    const places = unordered.sort((one, other) => one - other);
    parts.push({
      publishedAtMs,
      packed: takePacked({ packed, sizes }, places).packed,
      places: places.map((place, at) => [segment.sequenceAt(place), at]),
    });
  }
  return parts;
}
