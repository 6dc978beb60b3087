import type { Scenario } from '../measuring/scenario.js';
import type { SystemKind } from '../systems/system-under-test.js';

const EVERYBODY: readonly SystemKind[] = ['sinkron', 'nats'];
const BODY_BYTES = 256;
const CLIENTS = 32;
const TOPICS = 3;
const BATCHES = [1, 100];
/** Messages to consume: more than any system here takes in the usual 5 s. */
const FILL: Readonly<Record<number, number>> = { 1: 60_000, 100: 300_000 };
const FILL_MS_MAX = 20_000;
const WARM_UP_FILL = 400_000;
const END_TO_END_PER_SECOND = 1_000;
const END_TO_END_PUBLISHERS = 32;
const END_TO_END_CONSUMERS = 6;

const PUBLISH: readonly Scenario[] = BATCHES.map((batch) => ({
  id: `publish-${batch}`,
  title: `publish, ${batch} a request, ${CLIENTS} clients`,
  rate: 'messages/s',
  latency: 'publish',
  systems: EVERYBODY,
  order: (window) => ({
    kind: 'publish',
    topics: { prefix: `publish-${batch}`, count: TOPICS },
    clients: CLIENTS,
    batch,
    bodyBytes: BODY_BYTES,
    window,
  }),
}));

const CONSUME: readonly Scenario[] = BATCHES.map((batch) => ({
  id: `consume-${batch}`,
  title: `consume + acknowledge, ${batch} a request, ${CLIENTS} clients`,
  rate: 'messages/s',
  latency: 'consume',
  systems: EVERYBODY,
  order: (window) => ({
    kind: 'consume',
    topics: { prefix: `consume-${batch}`, count: TOPICS },
    clients: CLIENTS,
    batch,
    bodyBytes: BODY_BYTES,
    fill: FILL[batch] ?? 0,
    fillMsMax: FILL_MS_MAX,
    window: { ...window, warmUpMs: 0 },
  }),
}));

const END_TO_END: readonly Scenario[] = BATCHES.map((batch) => ({
  id: `end-to-end-${END_TO_END_PER_SECOND}-by-${batch}`,
  title: `publish to receive, ${END_TO_END_PER_SECOND.toLocaleString('en-US')} messages a second, ${batch} a publish`,
  rate: 'messages/s',
  latency: 'end-to-end',
  systems: EVERYBODY,
  order: (window) => ({
    kind: 'end-to-end',
    topics: { prefix: `end-to-end-${batch}`, count: TOPICS },
    publishers: END_TO_END_PUBLISHERS,
    consumers: END_TO_END_CONSUMERS,
    messagesPerSecond: END_TO_END_PER_SECOND,
    batch,
    bodyBytes: BODY_BYTES,
    window,
  }),
}));

/** All scenarios that are measured side by side, in the order of the table. */
export const QUEUE_SCENARIOS: readonly Scenario[] = [...PUBLISH, ...CONSUME, ...END_TO_END];

/**
 * V8 compiles a function when it has run for long enough: consuming by 100, a fresh cluster of ours did
 * 47,900 messages/s in the first 7 s of it, 60,900 in the next and 71,300 in those after.
 */
export const QUEUE_WARM_UP_MS = 40_000;

/** What a fresh system is loaded with before anything counts. */
export const QUEUE_WARM_UPS: readonly Scenario['order'][] = [
  (window) => ({
    kind: 'publish',
    topics: { prefix: 'warm', count: TOPICS },
    clients: CLIENTS,
    batch: 10,
    bodyBytes: BODY_BYTES,
    window,
  }),
  consuming(10, 0),
  consuming(100, WARM_UP_FILL),
  consuming(100, WARM_UP_FILL),
];

/** @param fill messages before it, beside those that are left of the warm-ups before. */
function consuming(batch: number, fill: number): Scenario['order'] {
  return (window) => ({
    kind: 'consume',
    topics: { prefix: 'warm', count: TOPICS },
    clients: CLIENTS,
    batch,
    bodyBytes: BODY_BYTES,
    fill,
    fillMsMax: FILL_MS_MAX,
    window,
  });
}
