import type { Segment } from '../segments/segment.js';
import type { Located } from '../segments/topic-segments.js';
import type { Topic } from '../state/topic.js';

/** Is told of each settled message that is not gone, in segments where something is noted. */
type Stays = (located: Located) => void;

/** The group is done with these messages. @returns how many open ones are gone, since all are. */
export function settleMessages(
  topic: Topic,
  groupId: number,
  sequences: readonly number[],
  stays: Stays,
): number {
  let removed = 0;
  let at = 0;
  while (at < sequences.length) {
    const located = topic.segments.find(sequences[at] ?? 0);
    at += 1;
    if (located === undefined) continue;
    const { segment } = located;
    const places = [located.place];
    for (; at < sequences.length; at += 1) {
      const place = segment.placeOf(sequences[at] ?? 0);
      // Of another segment, or out of order: it is looked up anew.
      if (place <= (places.at(-1) ?? 0)) break;
      if (!segment.isRemoved(place)) places.push(place);
    }
    removed += settlePlaces(topic, groupId, { segment, places }, stays);
  }
  return removed;
}

/** @param places ascending. */
function settlePlaces(
  topic: Topic,
  groupId: number,
  { segment, places }: { readonly segment: Segment; readonly places: readonly number[] },
  stays: Stays,
): number {
  const fresh = places.filter((place) => topic.settle(groupId, { segment, place }));
  if (fresh.length === 0) return 0;
  if (segment.isPlain) {
    if (topic.configuration.retention === 'log') return 0;
    const done = fresh.filter((place) => isSettledByOthers(topic, groupId, { segment, place }));
    if (done.length > 0) topic.removePlain(segment, done);
    return done.length;
  }
  let removed = 0;
  for (const place of fresh) {
    const located = { segment, place };
    if (!topic.isDone(located)) {
      stays(located);
      continue;
    }
    if (!segment.isDelayed(place)) removed += 1;
    topic.remove(located);
  }
  return removed;
}

function isSettledByOthers(topic: Topic, groupId: number, located: Located): boolean {
  for (const other of topic.readers.keys()) {
    if (other !== groupId && !topic.hasSettled(other, located)) return false;
  }
  return true;
}
