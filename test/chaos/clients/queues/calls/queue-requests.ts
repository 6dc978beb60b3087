import type { QueueOperationId, QueueRequest } from '../../calls/call.js';

/** A message as its producer sends it. */
export interface NewMessage {
  /** Used once in a run: it tells the message among all others. */
  readonly value: string;
  readonly key: string | null;
  readonly priority: number;
  /** 0: it can be received at once. */
  readonly delayMs: number;
}

export interface ReceiveTerms {
  readonly consumer: string;
  readonly max: number;
  readonly waitMs: number;
  readonly visibilityMs: number;
}

/** A topic and one of its groups. */
export interface GroupName {
  readonly topic: string;
  readonly group: string;
}

export function configureTopic(topic: string, configuration: object): QueueRequest {
  const body = { ...configuration };
  return { ...about('configureTopic', topic, null), method: 'PUT', path: pathOf(topic), body };
}

export function createGroup(name: GroupName): QueueRequest {
  const { topic, group } = name;
  return { ...about('createGroup', topic, group), method: 'PUT', path: groupPath(name), body: {} };
}

export function publish(topic: string, messages: readonly NewMessage[]): QueueRequest {
  const body = {
    messages: messages.map(({ value, key, priority, delayMs }) => ({
      body: { value },
      priority,
      ...(key === null ? {} : { key }),
      ...(delayMs === 0 ? {} : { delayMs }),
    })),
  };
  const path = `${pathOf(topic)}/messages`;
  return { ...about('publishMessages', topic, null), method: 'POST', path, body };
}

export function receive(name: GroupName, terms: ReceiveTerms): QueueRequest {
  const { waitMs } = terms;
  return { ...post('receiveMessages', name, 'receive', { ...terms }), waitMs };
}

export function ack(name: GroupName, receipts: readonly string[]): QueueRequest {
  return post('ackMessages', name, 'ack', { receipts });
}

/** @param terms `delayMs`, `reason`, `deadLetter`, as the API has them. */
export function nack(name: GroupName, receipts: readonly string[], terms: object): QueueRequest {
  return post('nackMessages', name, 'nack', { receipts, ...terms });
}

export function extend(
  name: GroupName,
  receipts: readonly string[],
  visibilityMs: number,
): QueueRequest {
  return post('extendMessages', name, 'extend', { receipts, visibilityMs });
}

/** @param visibilityMs of each message, from when it was handed out. */
export function stream(
  name: GroupName,
  { prefetch, visibilityMs }: { readonly prefetch: number; readonly visibilityMs: number },
): QueueRequest {
  const path = `${groupPath(name)}/stream?prefetch=${prefetch}&visibilityMs=${visibilityMs}`;
  return { ...about('streamMessages', name.topic, name.group), method: 'GET', path };
}

export function getTopic(topic: string): QueueRequest {
  return { ...about('getTopic', topic, null), method: 'GET', path: pathOf(topic) };
}

export function getGroup(
  name: GroupName,
  consistency: 'linearizable' | 'stale' = 'linearizable',
): QueueRequest {
  const path = `${groupPath(name)}?consistency=${consistency}`;
  return { ...about('getGroup', name.topic, name.group), method: 'GET', path };
}

/** @param group those that it has not acknowledged; null: all. */
export function listMessages(
  topic: string,
  group: string | null,
  cursor: string | null,
): QueueRequest {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (group !== null) query.set('group', group);
  if (cursor !== null) query.set('cursor', cursor);
  const path = `${pathOf(topic)}/messages?${query.toString()}`;
  return { ...about('listMessages', topic, group), method: 'GET', path };
}

const PAGE = 1_000;

function post(
  operation: QueueOperationId,
  name: GroupName,
  action: string,
  body: Readonly<Record<string, unknown>>,
): QueueRequest {
  const path = `${groupPath(name)}/${action}`;
  return { ...about(operation, name.topic, name.group), method: 'POST', path, body };
}

function about(
  operation: QueueOperationId,
  topic: string,
  group: string | null,
): Pick<QueueRequest, 'operation' | 'topic' | 'group' | 'waitMs'> {
  return { operation, topic, group, waitMs: 0 };
}

function pathOf(topic: string): string {
  return `/v1/queues/${encodeURIComponent(topic)}`;
}

function groupPath({ topic, group }: GroupName): string {
  return `${pathOf(topic)}/groups/${encodeURIComponent(group)}`;
}
