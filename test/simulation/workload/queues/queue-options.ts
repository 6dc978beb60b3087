import {
  DEFAULT_TOPIC_CONFIGURATION,
  type TopicConfiguration,
} from '../../../../libs/queueing/src/core/commands/topic-configuration.js';
import type { Prng } from '../../random/prng.js';

/** One topic of a run, as it is made before anybody publishes to it. */
export interface TopicPlan {
  readonly topic: string;
  readonly groups: readonly string[];
  readonly configuration: TopicConfiguration;
  /** Whether somebody gives dead letters back while all goes on. */
  readonly redriven: boolean;
}

/** What clients of queues do; drawn anew for every seed. */
export interface QueueOptions {
  readonly clients: number;
  readonly topics: readonly TopicPlan[];
  /** Longest pause between two operations of a client, microseconds. */
  readonly thinkUsMax: number;
  /** Messages that are not done with, of a topic, above which nobody publishes there. */
  readonly backlogMax: number;
  readonly batchMax: number;
  /** Ordering keys of a topic, and messages in a thousand that have one. */
  readonly keys: number;
  readonly keyPermille: number;
  /** Messages in a thousand with a delay, and the longest, milliseconds. */
  readonly delayPermille: number;
  readonly delayMsMax: number;
  /** Publishes in a thousand whose messages have deduplication ids. */
  readonly deduplicatedPermille: number;
  /** Operations in a thousand with an Idempotency-Key. */
  readonly keyedPermille: number;
  /** Receives in a thousand that wait, and the longest wait, milliseconds. */
  readonly waitPermille: number;
  readonly waitMsMax: number;
  /** Receives in a thousand with a visibility of their own, and the longest, milliseconds. */
  readonly visibilityPermille: number;
  readonly visibilityMsMax: number;
  /** Of what is done with a delivery: failures, and those that nobody hears of again, in a thousand. */
  readonly nackPermille: number;
  readonly forgetPermille: number;
  readonly extendPermille: number;
  /** Receives in a thousand that their client leaves, or repeats through another node. */
  readonly impatientPermille: number;
  /** Shortest and longest deadline of a try, microseconds. */
  readonly deadlineUsMin: number;
  readonly deadlineUsMax: number;
}

/** So long that no jump of the clocks of a run reaches its end. */
export const SAFE_WINDOW_MS = 3_600_000;

export function drawQueueOptions(random: Prng): QueueOptions {
  const topics = random.pick([1, 1, 2, 3]);
  return {
    clients: random.integer(3, 9),
    topics: Array.from({ length: topics }, (_, place) => {
      return drawTopic(`topic-${place}`, random.fork(`topic ${place}`));
    }),
    thinkUsMax: random.pick([30_000, 100_000, 300_000]),
    backlogMax: random.pick([6, 20, 40]),
    batchMax: random.pick([1, 3, 6]),
    keys: random.integer(1, 4),
    keyPermille: random.pick([0, 500, 900]),
    delayPermille: random.pick([0, 150, 400]),
    delayMsMax: random.pick([300, 2000]),
    deduplicatedPermille: random.pick([0, 500, 900]),
    keyedPermille: random.pick([0, 500, 900]),
    waitPermille: random.pick([200, 600, 900]),
    waitMsMax: random.pick([200, 1500, 6000]),
    visibilityPermille: random.pick([0, 300]),
    visibilityMsMax: random.pick([400, 3000]),
    nackPermille: random.pick([50, 200, 400]),
    forgetPermille: random.pick([20, 100, 250]),
    extendPermille: random.pick([0, 100]),
    impatientPermille: random.pick([0, 150, 400]),
    deadlineUsMin: 300_000,
    deadlineUsMax: random.pick([1_500_000, 5_000_000]),
  };
}

function drawTopic(topic: string, random: Prng): TopicPlan {
  const groups = random.pick([1, 1, 2, 3]);
  const onOrderedFailure = random.permille(500) ? 'block' : 'dead-letter';
  // Without one, a key that is blocked waits for a minute in the end, longer than a healed cluster has.
  const isBackoffSet = onOrderedFailure === 'block' || random.permille(300);
  return {
    topic,
    groups: Array.from({ length: groups }, (_, place) => `group-${place}`),
    configuration: {
      ...DEFAULT_TOPIC_CONFIGURATION,
      visibilityMs: random.pick([200, 600, 2000]),
      maxDeliveries: random.pick([1, 2, 3, 10]),
      backoff: isBackoffSet ? { initialMs: 100, multiplier: 2, maxMs: 1000 } : null,
      retention: random.permille(800) ? 'work' : 'log',
      deduplicationWindowMs: random.permille(500) ? SAFE_WINDOW_MS : random.pick([200, 800]),
      onOrderedFailure,
    },
    redriven: random.permille(400),
  };
}
