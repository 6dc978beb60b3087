import * as fc from 'fast-check';
import type { Backoff, TopicConfiguration } from '../commands/topic-configuration.js';
import { DEFAULT_TOPIC_CONFIGURATION } from '../commands/topic-configuration.js';

/** One message of a publish. */
export interface Draft {
  readonly priority: number;
  readonly key: string | null;
  /** From now on; negative: at a time that has passed. */
  readonly delayMs: number | null;
  readonly scheduled: boolean;
  readonly ttlMs: number | null;
  readonly deduplicationId: string | null;
  readonly bytes: number;
}

/**
 * What somebody does next. It names what is there by number, modulo how many there are, so that it
 * means something in every state and still does when fast-check leaves earlier actions out.
 */
export type Action =
  | { readonly kind: 'publish'; readonly topic: string; readonly drafts: readonly Draft[] }
  | {
      readonly kind: 'configure';
      readonly topic: string;
      readonly configuration: TopicConfiguration;
    }
  | { readonly kind: 'delete-topic' | 'purge'; readonly topic: string }
  | {
      readonly kind: 'delete-message';
      readonly topic: string;
      readonly message: number;
      readonly wrong: boolean;
    }
  | {
      readonly kind: 'create-group';
      readonly topic: string;
      readonly group: string;
      readonly from: 'earliest' | 'latest';
    }
  | { readonly kind: 'delete-group'; readonly topic: string; readonly group: string }
  | {
      readonly kind: 'receive';
      readonly topic: string;
      readonly group: string;
      readonly consumer: string | null;
      readonly max: number;
      readonly visibilityMs: number | null;
      /** Passes before, and the leader has not seen it yet. */
      readonly afterMs: number;
    }
  | {
      readonly kind: 'ack' | 'nack' | 'return' | 'extend';
      /** Deliveries, counted back from the last one. */
      readonly deliveries: readonly number[];
      /** Which of a delivery's messages, as bits; none: all. */
      readonly which: number;
      readonly wrongGroup: boolean;
      readonly delayMs: number | null;
      readonly reason: string | null;
      readonly deadLetter: boolean;
    }
  | {
      readonly kind: 'seek';
      readonly topic: string;
      readonly group: string;
      readonly to: 'earliest' | 'latest' | 'id' | 'time';
      readonly which: number;
    }
  | {
      readonly kind: 'redrive';
      readonly topic: string;
      readonly max: number;
      readonly to: string | null;
      readonly origin: string | null;
    }
  /** A message comes from another shard, or once more: a dead letter, or one that goes back to its group. */
  | {
      readonly kind: 'arrive';
      readonly topic: string;
      readonly group: string;
      readonly key: string | null;
      readonly isBack: boolean;
      readonly again: boolean;
    }
  /** The other shard has some of what left for it, counted from the first. */
  | { readonly kind: 'delivered'; readonly count: number }
  /** Time passes; now and then the leader has not yet seen it when the next command comes. */
  | { readonly kind: 'pass'; readonly ms: number; readonly seen: boolean }
  /** Another replica is opened from the records and goes on beside the first. */
  | { readonly kind: 'reopen' };

const TOPICS = ['a', 'b'] as const;
export const GROUPS = ['g', 'h', 'i'] as const;

/** Plain objects only, as the wire gives them. */
function record<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const constant = <const T>(value: T): fc.Arbitrary<T> => fc.constant(value);
const seldom = fc.integer({ min: 0, max: 11 }).map((at) => at === 0);
const number = fc.nat(30);
/** Most happens to one topic. */
const topic = fc.constantFrom('a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'a.dead', 'a.dead', 'c');
const group = fc.constantFrom('g', 'g', 'g', 'h', 'h', 'i');

const draft: fc.Arbitrary<Draft> = record({
  priority: fc.constantFrom(4, 4, 4, 4, 0, 9),
  key: fc.constantFrom(null, null, 'k', 'k', 'l'),
  delayMs: fc.constantFrom(null, null, null, null, null, -5, 0, 30, 130),
  scheduled: fc.boolean(),
  ttlMs: fc.constantFrom(null, null, null, null, 60, 100, 250),
  deduplicationId: fc.constantFrom(null, null, null, null, null, 'd', 'e'),
  bytes: fc.constantFrom(1, 1, 1, 40),
});

const backoff: fc.Arbitrary<Backoff | null> = fc.constantFrom<Backoff | null>(
  null,
  null,
  { initialMs: 30, multiplier: 2, maxMs: 100 },
  { initialMs: 100, multiplier: 1, maxMs: 100 },
);

const configuration: fc.Arbitrary<TopicConfiguration> = record<TopicConfiguration>({
  visibilityMs: fc.constantFrom(100, 200),
  maxDeliveries: fc.constantFrom(1, 1, 2, 3),
  backoff,
  retention: fc.constantFrom('work', 'work', 'work', 'log'),
  maxAgeMs: fc.constantFrom(null, null, null, 100, 250),
  maxMessages: fc.constantFrom(null, null, null, 3, 6),
  maxBytes: fc.constantFrom(null, null, null, 100),
  overflow: fc.constantFrom('reject', 'drop-oldest'),
  deadLetterTopic: fc.constantFrom(null, null, null, null, 'b', 'away'),
  deduplicationWindowMs: fc.constantFrom(100, 500, 120_000),
  onOrderedFailure: fc.constantFrom('block', 'dead-letter'),
});

const visibilityMs = fc.constantFrom(null, null, 100, 150, 400);

const receipts = {
  deliveries: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }),
  which: fc.constantFrom(0, 0, 0, 1, 2, 3, 5),
  wrongGroup: seldom,
};

const settling = (
  kind: 'ack' | 'nack' | 'return' | 'extend',
  weight: number,
): fc.WeightedArbitrary<Action> => ({
  weight,
  arbitrary: record({
    kind: constant(kind),
    ...receipts,
    delayMs: fc.constantFrom(null, null, null, 0, 80),
    reason: fc.constantFrom(null, 'broken'),
    deadLetter: fc.constantFrom(false, false, false, true),
  }),
});

const weighted: readonly fc.WeightedArbitrary<Action>[] = [
  {
    weight: 26,
    arbitrary: record({
      kind: constant('publish'),
      topic,
      drafts: fc.array(draft, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 30,
    arbitrary: record({
      kind: constant('receive'),
      topic,
      group,
      consumer: fc.constantFrom(null, 'x', 'y'),
      max: fc.constantFrom(1, 2, 2, 3, 10),
      visibilityMs,
      afterMs: fc.constantFrom(0, 0, 0, 0, 0, 60, 100),
    }),
  },
  settling('ack', 14),
  settling('nack', 12),
  settling('return', 3),
  settling('extend', 3),
  {
    weight: 22,
    arbitrary: record({
      kind: constant('pass'),
      ms: fc.constantFrom(1, 30, 60, 100, 150, 500, 2_500),
      seen: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 6, arbitrary: record({ kind: constant('configure'), topic, configuration }) },
  { weight: 1, arbitrary: record({ kind: constant('delete-topic'), topic }) },
  { weight: 1, arbitrary: record({ kind: constant('purge'), topic }) },
  {
    weight: 3,
    arbitrary: record({ kind: constant('delete-message'), topic, message: number, wrong: seldom }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: constant('create-group'),
      topic,
      group,
      from: fc.constantFrom('earliest', 'latest'),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant('delete-group'), topic, group }) },
  {
    weight: 3,
    arbitrary: record({
      kind: constant('seek'),
      topic,
      group,
      to: fc.constantFrom('earliest', 'earliest', 'latest', 'id', 'time'),
      which: number,
    }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: constant('redrive'),
      topic: fc.constantFrom('a', 'a.dead', 'b'),
      max: fc.constantFrom(1, 100),
      to: fc.constantFrom(null, null, null, null, 'b', 'away'),
      origin: fc.constantFrom(null, null, null, null, null, 'a', 'away'),
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      kind: constant('arrive'),
      topic: fc.constantFrom('a', 'a', 'b', 'a.dead'),
      group,
      key: fc.constantFrom(null, null, 'k'),
      isBack: fc.boolean(),
      again: seldom,
    }),
  },
  { weight: 2, arbitrary: record({ kind: constant('delivered'), count: fc.nat(3) }) },
  { weight: 3, arbitrary: record({ kind: constant('reopen') }) },
];

/** Something to begin with, so that short sequences meet something too. */
const beginning: fc.Arbitrary<readonly Action[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: configuration.map((first) => [
      { kind: 'configure' as const, topic: TOPICS[0], configuration: first },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant([
      {
        kind: 'configure' as const,
        topic: TOPICS[0],
        configuration: { ...DEFAULT_TOPIC_CONFIGURATION, visibilityMs: 100, maxDeliveries: 2 },
      },
    ]),
  },
);

/** Few topics, groups and keys, so that they meet each other all the time. */
export const actions: fc.Arbitrary<readonly Action[]> = fc
  .tuple(beginning, fc.array(fc.oneof(...weighted), { minLength: 1, maxLength: 60, size: 'max' }))
  .map(([first, rest]) => [...first, ...rest]);
