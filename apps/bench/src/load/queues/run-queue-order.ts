import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from '@sinkron/invariant';
import type { LoadTarget } from '../lock-client.js';
import type { LoadOutcome } from '../orders.js';
import { Tally } from '../tally.js';
import { openQueueClients } from './open-queue-clients.js';
import type { QueueClient } from './queue-client.js';
import { topicNames, type QueueOrder } from './queue-orders.js';

const MS_PER_SECOND = 1_000;
const FILL_BATCH = 500;
/** Milliseconds that a consumer waits for messages. */
const WAIT_MS = 1_000;
/** Messages that a waiting consumer takes at a time, at most: what is published at once comes at once. */
const WAITING_BATCH = 100;

/** Does what it is asked, over connections of its own. */
export async function runQueueOrder(
  target: LoadTarget,
  order: QueueOrder,
  onMeasuring: () => void,
): Promise<LoadOutcome> {
  const topics = topicNames(order.topics);
  const count = order.kind === 'end-to-end' ? order.publishers + order.consumers : order.clients;
  const clients = await openQueueClients(target, count, topics);
  try {
    switch (order.kind) {
      case 'publish': {
        const tally = new Tally(order.window, onMeasuring);
        await publish(clients, topics, order, tally);
        return tally.outcome();
      }
      case 'consume': {
        await fill(clients, topics, order);
        const tally = new Tally(order.window, onMeasuring);
        await consume(clients, topics, order.batch, tally);
        return tally.outcome();
      }
      case 'end-to-end':
        return await endToEnd(clients, topics, order, onMeasuring);
      default:
        return unreachable(order);
    }
  } finally {
    await Promise.all(clients.map(async (client) => await client.close()));
  }
}

async function publish(
  clients: readonly QueueClient[],
  topics: readonly string[],
  { batch, bodyBytes }: { readonly batch: number; readonly bodyBytes: number },
  tally: Tally,
): Promise<void> {
  const bodies = bodiesOf(batch, bodyBytes);
  await Promise.all(
    clients.map(async (client, loop) => {
      const topic = topics[loop % topics.length] ?? '';
      while (tally.running) {
        const startedAt = performance.now();
        try {
          await client.publish(topic, bodies);
          tally.took('publish', startedAt);
          tally.succeeded(batch);
        } catch (error) {
          await tally.failed(error);
        }
      }
    }),
  );
}

/** Unmeasured; what fails is tried again, so that there may be a few more. */
async function fill(
  clients: readonly QueueClient[],
  topics: readonly string[],
  order: Extract<QueueOrder, { kind: 'consume' }>,
): Promise<void> {
  const bodies = bodiesOf(FILL_BATCH, order.bodyBytes);
  let left = Math.ceil(order.fill / FILL_BATCH);
  const endsAt = performance.now() + order.fillMsMax;
  await Promise.all(
    clients.map(async (client, loop) => {
      while (left > 0 && performance.now() < endsAt) {
        left -= 1;
        await client.publish(topics[loop % topics.length] ?? '', bodies);
      }
    }),
  );
}

/** A loop ends where its topic is empty. */
async function consume(
  clients: readonly QueueClient[],
  topics: readonly string[],
  batch: number,
  tally: Tally,
): Promise<void> {
  await Promise.all(
    clients.map(async (client, loop) => {
      const topic = topics[loop % topics.length] ?? '';
      while (tally.running) {
        const startedAt = performance.now();
        try {
          const delivered = await client.receive(topic, batch, 0);
          if (delivered.bodies.length === 0) return;
          await client.ack(topic, delivered);
          tally.took('consume', startedAt);
          tally.succeeded(delivered.bodies.length);
        } catch (error) {
          await tally.failed(error);
        }
      }
    }),
  );
}

/** From the intended time of a publish to its message at a consumer, before its acknowledgement. */
async function endToEnd(
  clients: readonly QueueClient[],
  topics: readonly string[],
  order: Extract<QueueOrder, { kind: 'end-to-end' }>,
  onMeasuring: () => void,
): Promise<LoadOutcome> {
  const publishers = clients.slice(0, order.publishers);
  const consumers = clients.slice(order.publishers);
  // Topics are made by their first message, and groups on topics that exist.
  for (const topic of topics) await publishers[0]?.publish(topic, [{ at: performance.now() }]);
  const tally = new Tally(order.window, onMeasuring);
  const receiving = consumers.map(async (client, loop) => {
    const topic = topics[loop % topics.length] ?? '';
    while (tally.running) {
      try {
        const delivered = await client.receive(topic, WAITING_BATCH, WAIT_MS);
        for (const body of delivered.bodies) tally.took('end-to-end', intendedAt(body));
        if (delivered.bodies.length === 0) continue;
        await client.ack(topic, delivered);
        tally.succeeded(delivered.bodies.length);
      } catch (error) {
        await tally.failed(error);
      }
    }
  });
  await publishInTime(publishers, topics, order, tally);
  await Promise.all(receiving);
  return tally.outcome();
}

async function publishInTime(
  publishers: readonly QueueClient[],
  topics: readonly string[],
  order: Extract<QueueOrder, { kind: 'end-to-end' }>,
  tally: Tally,
): Promise<void> {
  const { batch, bodyBytes, messagesPerSecond } = order;
  const padding = 'x'.repeat(bodyBytes);
  const intervalMs = (batch * MS_PER_SECOND) / messagesPerSecond;
  const idle = [...publishers];
  const due: { readonly at: number; readonly number: number }[] = [];
  const underWay = new Set<Promise<void>>();
  const begin = (): void => {
    while (idle.length > 0 && due.length > 0) {
      const client = idle.shift();
      const message = due.shift();
      if (client === undefined || message === undefined) return;
      const topic = topics[message.number % topics.length] ?? '';
      const work = client
        .publish(topic, Array(batch).fill({ at: message.at, padding }))
        .then(() => {
          tally.took('publish', message.at);
        })
        .catch(async (error: unknown) => await tally.failed(error))
        .finally(() => {
          underWay.delete(work);
          idle.push(client);
          begin();
        });
      underWay.add(work);
    }
  };
  const startedAt = performance.now();
  for (let number = 0; tally.running;) {
    const passedMs = performance.now() - startedAt;
    for (; number * intervalMs <= passedMs; number += 1) {
      due.push({ at: startedAt + number * intervalMs, number });
    }
    begin();
    await sleep(1);
  }
  await Promise.all(underWay);
}

function intendedAt(body: unknown): number {
  if (typeof body === 'object' && body !== null && 'at' in body && typeof body.at === 'number') {
    return body.at;
  }
  throw new Error('a message that this bench did not publish');
}

/** JSON strings of so many bytes, quotes included. */
function bodiesOf(count: number, bodyBytes: number): readonly string[] {
  return Array.from({ length: count }, () => 'x'.repeat(bodyBytes - 2));
}
