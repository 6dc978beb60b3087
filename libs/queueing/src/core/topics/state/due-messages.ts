import { readScheduleKey } from '../records/record-keys.js';
import type { Segment } from '../segments/segment.js';
import type { Located } from '../segments/topic-segments.js';
import type { Topic } from './topic.js';

/** A message whose delay or ttl is over. */
export interface DueMessage extends Located {
  readonly dueMs: number;
  readonly sequence: number;
  /** Its ttl is over; else its delay alone. */
  readonly isExpired: boolean;
}

/** What is done next of one priority, and where it goes on. */
interface Walk {
  readonly steps: Iterator<DueMessage | Looked, void, undefined>;
  next: DueMessage | Looked;
}

/** An entry of the schedule with nothing to do any more. */
interface Looked {
  readonly dueMs: number;
  readonly sequence: 0;
  readonly segment: null;
}

/**
 * The delayed messages of a topic, and those with a ttl, whose time has come: by that time and then by
 * sequence, whatever their priorities and however many are taken at a time, since delayed messages
 * with an ordering key join it in this order.
 */
export class DueMessages {
  /** Keys of the schedule all of whose messages were taken. */
  readonly done: string[] = [];
  private readonly walks: Walk[] = [];
  private readonly times = new Map<Segment, ReadonlyMap<number, readonly DueMessage[]>>();

  constructor(
    private readonly topic: Topic,
    private readonly nowMs: number,
  ) {
    for (const priority of topic.priorities) {
      const steps = this.stepsOf(priority);
      const first = steps.next();
      if (first.done !== true) this.walks.push({ steps, next: first.value });
    }
  }

  /** The next one; null: an entry that had nothing to do; undefined: nothing is due any more. */
  take(): DueMessage | null | undefined {
    let [least] = this.walks;
    for (const walk of this.walks) {
      if (least === undefined || precedes(walk.next, least.next)) least = walk;
    }
    if (least === undefined) return undefined;
    const { next } = least;
    const following = least.steps.next();
    if (following.done === true) this.walks.splice(this.walks.indexOf(least), 1);
    else least.next = following.value;
    return next.segment === null ? null : next;
  }

  private *stepsOf(priority: number): Generator<DueMessage | Looked, void, undefined> {
    const { topic, nowMs } = this;
    for (const [key] of topic.scheduled(priority)) {
      const { dueMs, segment: segmentKey } = readScheduleKey(key, topic.segments.store);
      if (dueMs > nowMs) return;
      const segment = topic.segments.at(segmentKey);
      const messages = segment === undefined ? [] : (this.timesOf(segment).get(dueMs) ?? []);
      if (messages.length === 0) yield { dueMs, sequence: 0, segment: null };
      yield* messages;
      this.done.push(key);
    }
  }

  /** What is due in a segment, by the first moment at which each message was. */
  private timesOf(segment: Segment): ReadonlyMap<number, readonly DueMessage[]> {
    const known = this.times.get(segment);
    if (known !== undefined) return known;
    const times = new Map<number, DueMessage[]>();
    for (const { place, dueMs: delayedToMs, expiresAtMs } of segment.facts.notes) {
      if (segment.isRemoved(place) || segment.isExpired(place)) continue;
      const isExpired = expiresAtMs !== null && expiresAtMs <= this.nowMs;
      const openMs = segment.isDelayed(place) ? delayedToMs : null;
      const dueMs = Math.min(openMs ?? Infinity, isExpired ? expiresAtMs : Infinity);
      if (dueMs > this.nowMs) continue;
      const sequence = segment.sequenceAt(place);
      const messages = times.get(dueMs) ?? [];
      messages.push({ segment, place, dueMs, sequence, isExpired });
      times.set(dueMs, messages);
    }
    this.times.set(segment, times);
    return times;
  }
}

function precedes(one: DueMessage | Looked, other: DueMessage | Looked): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
}
