import { integer, list, WHOLE } from '@sinkron/fields';
import { PRIORITIES } from '../../limits.js';

/** What is counted of a topic, in one record that most commands write. */
export interface TopicCounts {
  /** Prefix of the records of its messages: another one after a purge. */
  storeId: number;
  /** The largest sequence given so far. */
  lastSequence: number;
  /** Stored messages. */
  messages: number;
  bytes: number;
  /** Of the stored ones: not yet due. */
  delayed: number;
  /** Of the stored ones: past their ttl, and there only as long as a consumer has them. */
  expired: number;
  /** Stored segments of each priority. */
  readonly segments: number[];
  /** No earlier than this a delayed message or one with a ttl is due; null: never. */
  scheduledMs: number | null;
  /** No message was published earlier than this; null: there is none. */
  oldestMs: number | null;
  /** No earlier than this a deduplication id is to be forgotten; null: never. */
  forgetMs: number | null;
  deduplicationIds: number;
}

export function newCounts(storeId: number): TopicCounts {
  return {
    storeId,
    lastSequence: 0,
    messages: 0,
    bytes: 0,
    delayed: 0,
    expired: 0,
    segments: Array.from({ length: PRIORITIES }, () => 0),
    scheduledMs: null,
    oldestMs: null,
    forgetMs: null,
    deduplicationIds: 0,
  };
}

export function countsRecord(counts: TopicCounts): unknown {
  const { storeId, lastSequence, messages, bytes, delayed, expired, segments } = counts;
  const { scheduledMs, oldestMs, forgetMs, deduplicationIds } = counts;
  return [
    storeId,
    lastSequence,
    messages,
    bytes,
    delayed,
    expired,
    segments,
    scheduledMs,
    oldestMs,
    forgetMs,
    deduplicationIds,
  ];
}

/** @throws MalformedValue */
export function readCounts(value: unknown): TopicCounts {
  const fields = list(value, 'a counts record', 11);
  const whole = (at: number): number => integer(fields[at], `count ${at}`, WHOLE);
  const moment = (at: number): number | null => (fields[at] === null ? null : whole(at));
  const segments = list(fields[6], 'segments', PRIORITIES);
  return {
    storeId: whole(0),
    lastSequence: whole(1),
    messages: whole(2),
    bytes: whole(3),
    delayed: whole(4),
    expired: whole(5),
    segments: segments.map((count) => integer(count, 'segments', WHOLE)),
    scheduledMs: moment(7),
    oldestMs: moment(8),
    forgetMs: moment(9),
    deduplicationIds: whole(10),
  };
}
