import { setTimeout as sleep } from 'node:timers/promises';
import { REFUSED_PAUSE_MS, STREAM_END_MS, VISIBILITY_MS } from '../../limits.js';
import { receive, stream, type GroupName } from './calls/queue-requests.js';
import { messagesIn, readMessage } from './calls/received-message.js';
import { handle } from './handling.js';
import type { QueueWorker } from './queue-worker.js';

const STREAM_MS_MIN = 500;
const STREAM_MS_MAX = 3_000;

/** Receives messages of one group, by polls and by streams, and does something with each. */
export async function consume(worker: QueueWorker, group: string): Promise<void> {
  const name = { topic: worker.topic.name, group };
  while (!worker.stopping()) {
    if (worker.random.permille(100)) await readStream(worker, name);
    else await poll(worker, name);
  }
}

async function poll(worker: QueueWorker, name: GroupName): Promise<void> {
  const { caller, random } = worker;
  const terms = {
    consumer: caller.client,
    max: random.pick([1, 3, 10]),
    waitMs: random.pick([0, 500, 2_000]),
    visibilityMs: VISIBILITY_MS,
  };
  const messages = messagesIn(await caller.either(receive(name, terms)));
  if (messages.length === 0) await sleep(REFUSED_PAUSE_MS);
  else await handle(worker, name, messages);
}

async function readStream(worker: QueueWorker, name: GroupName): Promise<void> {
  const { caller, random, now, record, stopping } = worker;
  const { topic, group } = name;
  const openedAt = now();
  const terms = { prefetch: random.integer(1, 6), visibilityMs: VISIBILITY_MS };
  const events = await caller.open(stream(name, terms));
  if (events === null) {
    await sleep(REFUSED_PAUSE_MS);
    return;
  }
  const receipts: string[] = [];
  const until = now() + random.integer(STREAM_MS_MIN, STREAM_MS_MAX);
  while (!stopping()) {
    const event = await events.next(until);
    if (event === null) break;
    if (event.event !== 'message') continue;
    const message = readMessage(event.data);
    receipts.push(message.receipt);
    // Nobody knows when it was handed out; not before the stream was opened.
    const call = { from: openedAt, until: event.at, outcome: 'done' as const, topic, group };
    record({ ...call, kind: 'receive', visibilityMs: VISIBILITY_MS, messages: [message] });
    await handle(worker, name, [message]);
  }
  events.close();
  // What came and was not handled yet was seen by nobody. The node may have seen the end first.
  const from = (events.endedAt ?? now()) - STREAM_END_MS;
  const returned = receipts.map((receipt) => ({ receipt, acted: null }));
  if (receipts.length === 0) return;
  record({
    kind: 'return',
    topic,
    group,
    from,
    until: now(),
    outcome: 'unknown',
    receipts: returned,
  });
}
