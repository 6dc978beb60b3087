import { setTimeout as sleep } from 'node:timers/promises';
import { VISIBILITY_MS } from '../../limits.js';
import { ack, extend, nack, type GroupName } from './calls/queue-requests.js';
import type { ReceivedMessage } from './calls/received-message.js';
import type { QueueWorker } from './queue-worker.js';

/** What becomes of a message in a consumer's hands, and of how many of a thousand. */
const FATES = [
  ['ack', 830],
  ['fail', 70],
  ['fail-later', 30],
  ['extend', 35],
  /** Its consumer has crashed, or was too slow. */
  ['forget', 20],
  ['too-late', 10],
  ['dead-letter', 5],
] as const;

type Fate = (typeof FATES)[number][0];

const WORK_MS_MAX = 30;
const DELAY_MS_MAX = 1_000;
/** Beyond the visibility, so that somebody else may have it. */
const LATE_MS = 200;

/** Does with each message what chance says: most are acknowledged. */
export async function handle(
  worker: QueueWorker,
  name: GroupName,
  messages: readonly ReceivedMessage[],
): Promise<void> {
  const { random } = worker;
  const byFate = new Map<Fate, string[]>();
  for (const { receipt } of messages) {
    const fate = drawFate(random.integer(0, 1_000));
    byFate.set(fate, [...(byFate.get(fate) ?? []), receipt]);
  }
  await sleep(random.integer(0, WORK_MS_MAX));
  // Who is too late must not make the others so.
  for (const [fate] of FATES) {
    const receipts = byFate.get(fate) ?? [];
    if (receipts.length > 0) await settle(worker, name, fate, receipts);
  }
}

/** @param chance from 0 to 999. */
function drawFate(chance: number): Fate {
  let left = chance;
  for (const [fate, weight] of FATES) {
    if (left < weight) return fate;
    left -= weight;
  }
  return 'ack';
}

async function settle(
  { caller, random }: QueueWorker,
  name: GroupName,
  fate: Fate,
  receipts: readonly string[],
): Promise<void> {
  switch (fate) {
    case 'ack':
      await caller.either(ack(name, receipts));
      return;
    case 'fail':
      await caller.either(nack(name, receipts, {}));
      return;
    case 'fail-later': {
      const delayMs = random.integer(0, DELAY_MS_MAX);
      await caller.either(nack(name, receipts, { delayMs, reason: 'not now' }));
      return;
    }
    case 'dead-letter':
      await caller.either(nack(name, receipts, { deadLetter: true, reason: 'never' }));
      return;
    case 'extend':
      await caller.either(extend(name, receipts, VISIBILITY_MS));
      await caller.either(ack(name, receipts));
      return;
    case 'too-late':
      await sleep(VISIBILITY_MS + random.integer(0, LATE_MS));
      await caller.either(ack(name, receipts));
      return;
    case 'forget':
      return;
  }
}
