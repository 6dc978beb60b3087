import type { TopicConfiguration } from '../../commands/topic-configuration.js';

/** Where a message failed, for one that is a dead letter. */
export interface Origin {
  readonly topic: string;
  readonly group: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly reason: string | null;
}

export interface Message {
  readonly sequence: number;
  readonly priority: number;
  readonly key: string | null;
  readonly publishedAtMs: number;
  readonly expiresAtMs: number | null;
  /** What it counts towards `maxBytes`; null for a dead letter, whose headers are the machine's. */
  readonly bytes: number | null;
  /** Its body: the bytes it was published in, and its place in them. */
  readonly packed: Uint8Array;
  readonly place: number;
  readonly origin: Origin | null;
  /** Null once it is open. */
  dueMs: number | null;
  /** Counts messages of the topic as they open. */
  opened: number;
  /** Found past its ttl: it is there only while somebody has it. */
  expired: boolean;
}

export interface InFlight {
  /** As the machine under test numbers it. */
  deliveryId: number;
  readonly consumer: string | null;
  visibleAtMs: number;
}

/** How far a group is with a message. */
export interface Progress {
  settled: boolean;
  deliveries: number;
  failures: number;
  availableAtMs: number;
  inFlight: InFlight | null;
}

export interface Group {
  readonly name: string;
  /** As the machine under test numbers it, once it has told. */
  id: number | null;
  /** By sequence; nothing stands for a message that the group has not met. */
  readonly progress: Map<number, Progress>;
  deadLettered: number;
}

export interface Topic {
  readonly name: string;
  id: number | null;
  configuration: TopicConfiguration;
  lastSequence: number;
  opened: number;
  /** By sequence. */
  messages: Message[];
  groups: Group[];
  deduplication: { readonly id: string; readonly sequence: number; readonly untilMs: number }[];
}

const UNTOUCHED: Progress = {
  settled: false,
  deliveries: 0,
  failures: 0,
  availableAtMs: 0,
  inFlight: null,
};

export function progressOf(group: Group, sequence: number): Readonly<Progress> {
  return group.progress.get(sequence) ?? UNTOUCHED;
}

/** The same, to be changed. */
export function progressIn(group: Group, sequence: number): Progress {
  const progress = group.progress.get(sequence) ?? { ...UNTOUCHED };
  group.progress.set(sequence, progress);
  return progress;
}

export type State = 'acknowledged' | 'in-flight' | 'delayed' | 'blocked' | 'ready';

/** Past its ttl: nobody gets it any more. */
export function isExpired({ expiresAtMs }: Message, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** How a message stands in a group; what waits behind its key is blocked. */
export function stateOf(topic: Topic, group: Group, message: Message, nowMs: number): State {
  const progress = progressOf(group, message.sequence);
  if (progress.inFlight !== null) return 'in-flight';
  if (progress.settled || isExpired(message, nowMs)) return 'acknowledged';
  if (message.dueMs !== null || progress.availableAtMs > nowMs) return 'delayed';
  if (message.key === null) return 'ready';
  return headOfKey(topic, group, message.key, nowMs) === message ? 'ready' : 'blocked';
}

/** The first of a key, by when they opened, that the group is not done with. */
function headOfKey(topic: Topic, group: Group, key: string, nowMs: number): Message | undefined {
  return topic.messages
    .filter((message) => message.key === key && message.dueMs === null)
    .filter((message) => {
      const { settled, inFlight } = progressOf(group, message.sequence);
      return !settled && (!isExpired(message, nowMs) || inFlight !== null);
    })
    .sort((one, other) => one.opened - other.opened)[0];
}

/** What a receive would take, in the order in which it does. */
export function readyMessages(topic: Topic, group: Group, nowMs: number): Message[] {
  return topic.messages
    .filter((message) => stateOf(topic, group, message, nowMs) === 'ready')
    .sort((one, other) => other.priority - one.priority || one.sequence - other.sequence);
}
