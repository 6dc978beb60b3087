import { setTimeout as sleep } from 'node:timers/promises';
import { PUBLISHED_MAX } from '../../limits.js';
import { publish, type NewMessage } from './calls/queue-requests.js';
import type { QueueWorker } from './queue-worker.js';

/** Messages of a batch: mostly few. */
const BATCHES = [1, 1, 1, 2, 3, 5, 8, 20];
/** Of a topic: few enough that messages wait for others of theirs. */
const KEYS = 8;
const DELAY_MS_MAX = 2_000;
const PRIORITIES = 10;
const PRIORITY_DEFAULT = 4;

/** Publishes batches, repeated under their keys until there is an answer; some are tried only once. */
export async function produce(worker: QueueWorker): Promise<void> {
  const { caller, random, topic, stopping } = worker;
  let published = 0;
  while (!stopping() && published < PUBLISHED_MAX) {
    const count = random.pick(BATCHES);
    const messages = Array.from({ length: count }, (_, place) => {
      return newMessage(worker, published + place + 1);
    });
    published += count;
    const request = publish(topic.name, messages);
    await (random.permille(850) ? caller.surely(request) : caller.once(request));
    await sleep(random.integer(200, 800));
  }
}

function newMessage({ random, caller }: QueueWorker, number: number): NewMessage {
  return {
    value: `${caller.client}-${number}`,
    key: random.permille(500) ? `key-${random.integer(0, KEYS)}` : null,
    priority: random.permille(200) ? random.integer(0, PRIORITIES) : PRIORITY_DEFAULT,
    delayMs: random.permille(100) ? random.integer(1, DELAY_MS_MAX) : 0,
  };
}
