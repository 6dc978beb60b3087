import type {
  AckCommand,
  ExtendCommand,
  NackCommand,
  ReceiveCommand,
  ReturnCommand,
  SeekTarget,
} from '../../commands/topic-command.js';
import { RECEIVE_BYTES_MAX } from '../../limits.js';
import { fail, VISIBILITY_PASSED } from './reference-failure.js';
import { numbersOf } from './reference-id.js';
import {
  progressIn,
  progressOf,
  readyMessages,
  type Group,
  type InFlight,
  type Message,
  type Topic,
} from './reference-state.js';

export interface HandOut {
  readonly deliveryId: number;
  readonly visibleAtMs: number;
  readonly messages: readonly {
    readonly sequence: number;
    readonly priority: number;
    readonly key: string | null;
    readonly deliveries: number;
  }[];
}

/** What becomes of messages that fail for good. */
export type DeadLetter = (message: Message, reason: string | null) => void;

/** Hands messages out one by one: each changes what is ready next. */
export function receive(
  topic: Topic,
  group: Group,
  command: ReceiveCommand,
  deliveryId: number,
  nowMs: number,
): HandOut {
  const { consumer, max, visibilityMs } = command;
  const visibleAtMs = nowMs + (visibilityMs ?? topic.configuration.visibilityMs);
  const messages: HandOut['messages'][number][] = [];
  let bytes = 0;
  while (messages.length < max) {
    const next = readyMessages(topic, group, nowMs)[0];
    if (next === undefined) break;
    bytes += next.bytes ?? 0;
    if (messages.length > 0 && bytes > RECEIVE_BYTES_MAX) break;
    const progress = progressIn(group, next.sequence);
    progress.deliveries += 1;
    progress.inFlight = { deliveryId, consumer, visibleAtMs };
    const { sequence, priority, key } = next;
    messages.push({ sequence, priority, key, deliveries: progress.deliveries });
  }
  return { deliveryId, visibleAtMs, messages };
}

/** Does to each receipt what the command says. @returns the places of those that are stale. */
export function settle(
  topic: Topic,
  group: Group,
  command: AckCommand | NackCommand | ReturnCommand | ExtendCommand,
  nowMs: number,
  deadLetter: DeadLetter,
): number[] {
  const stale: number[] = [];
  const receipts = command.receipts.flatMap(({ sequences, ...delivery }) => {
    return sequences.map((sequence) => ({ ...delivery, sequence }));
  });
  for (const [place, { topicId, groupId, deliveryId, sequence }] of receipts.entries()) {
    const message = topic.messages.find((other) => other.sequence === sequence);
    const { inFlight } = progressOf(group, sequence);
    const known = topicId === topic.id && groupId === group.id;
    if (message === undefined || !known || inFlight?.deliveryId !== deliveryId) stale.push(place);
    else settleOne(topic, group, command, message, inFlight, nowMs, deadLetter);
  }
  return stale;
}

function settleOne(
  topic: Topic,
  group: Group,
  command: AckCommand | NackCommand | ReturnCommand | ExtendCommand,
  message: Message,
  inFlight: InFlight,
  nowMs: number,
  deadLetter: DeadLetter,
): void {
  const progress = progressIn(group, message.sequence);
  switch (command.kind) {
    case 'ack':
      progress.inFlight = null;
      progress.settled = true;
      return;
    case 'nack':
      if (fail(topic, group, message, command, nowMs)) deadLetter(message, command.reason);
      return;
    case 'return':
      progress.inFlight = null;
      progress.deliveries -= 1;
      progress.availableAtMs = 0;
      return;
    case 'extend':
      inFlight.visibleAtMs = nowMs + command.visibilityMs;
      return;
  }
}

/** Deliveries whose visibility has passed have failed, the first to pass first. */
export function expireDeliveries(
  topic: Topic,
  group: Group,
  nowMs: number,
  deadLetter: DeadLetter,
): void {
  const due = topic.messages
    .flatMap((message) => {
      const { inFlight } = progressOf(group, message.sequence);
      return inFlight !== null && inFlight.visibleAtMs <= nowMs ? [{ message, inFlight }] : [];
    })
    .sort((one, other) => {
      const byTime = one.inFlight.visibleAtMs - other.inFlight.visibleAtMs;
      const byDelivery = one.inFlight.deliveryId - other.inFlight.deliveryId;
      return byTime || byDelivery || one.message.sequence - other.message.sequence;
    });
  for (const { message } of due) {
    if (fail(topic, group, message, VISIBILITY_PASSED, nowMs)) deadLetter(message, null);
  }
}

/** The first sequence that the group is to see; undefined when there is no such message. */
export function sought(topic: Topic, to: SeekTarget): number | undefined {
  switch (to.kind) {
    case 'earliest':
      return 1;
    case 'latest':
      return topic.lastSequence + 1;
    case 'time': {
      const first = topic.messages.find(({ publishedAtMs }) => publishedAtMs >= to.timeMs);
      return first?.sequence ?? topic.lastSequence + 1;
    }
    case 'id': {
      const numbers = numbersOf(to.id);
      if (numbers?.topicId !== topic.id || numbers.sequence > topic.lastSequence) return undefined;
      return numbers.sequence;
    }
  }
}

/** The group begins anew: done with all before the sequence, and with nothing from it on. */
export function startAt(topic: Topic, group: Group, sequence: number): void {
  group.progress.clear();
  for (const message of topic.messages) {
    if (message.sequence < sequence) progressIn(group, message.sequence).settled = true;
  }
}
