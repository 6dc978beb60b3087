import type { Located } from '../segments/topic-segments.js';
import type { Topic } from './topic.js';

/** The stored messages of all priorities from a sequence on, by sequence. */
export function* walk(topic: Topic, from: number): Generator<Located, void, undefined> {
  const walks = topic.priorities.map((priority) => walkPriority(topic, priority, from));
  const heads = walks.map((one) => one.next());
  for (;;) {
    let least = -1;
    let leastSequence = Number.POSITIVE_INFINITY;
    for (const [at, head] of heads.entries()) {
      if (head.done === true) continue;
      const sequence = head.value.segment.sequenceAt(head.value.place);
      if (sequence < leastSequence) [least, leastSequence] = [at, sequence];
    }
    const [next, head] = [walks[least], heads[least]];
    if (next === undefined || head === undefined || head.done === true) return;
    yield head.value;
    heads[least] = next.next();
  }
}

function* walkPriority(
  topic: Topic,
  priority: number,
  from: number,
): Generator<Located, void, undefined> {
  for (const segment of topic.segments.from(priority, from)) {
    for (let place = segment.placeFrom(from); place < segment.count; place += 1) {
      if (!segment.isRemoved(place)) yield { segment, place };
    }
  }
}
