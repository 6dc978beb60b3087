/** Digits of the largest integer below 2^53 in base 36. */
const DIGITS = 11;
const PRIORITY_LAST = 9;
/** Of the length of a name. */
const NAME_DIGITS = 3;

/** Names of the tables of topics; those of groups begin with `group`. */
export const TABLES = {
  /** Name of the topic: its number and configuration. */
  topics: 'topics',
  /** Number of the topic: what is counted of it. */
  counters: 'counters',
  segments: 'segments',
  marks: 'marks',
  /** When messages of a segment are due, or past their ttl. */
  schedule: 'schedule',
  /** Open messages by their ordering key. */
  keys: 'keys',
  /** By ordering key and group: up to where the group is done with the key. */
  milestones: 'milestones',
  /** Messages past their ttl that a consumer has. */
  held: 'held',
  /** Dead letters by the topic and the group that they come from. */
  origins: 'origins',
  /** Where the next redrive goes on, in a topic with dead letters of very many others. */
  redrives: 'redrives',
  /** How many messages there are of each thousand sequences. */
  blocks: 'blocks',
  deduplication: 'deduplication',
  deduplicationTimes: 'deduplication-times',
  /** Which groups a topic has, and from where on they look. */
  readers: 'readers',
  /** What sweeps have to do. */
  sweeps: 'sweeps',
  /** Messages on their way to other shards, by shard and number. */
  outbox: 'outbox',
  /** By shard: the last number given to what leaves for it, and what waits. */
  outboxes: 'outboxes',
  /** By shard: the highest number of what came from there. */
  inboxes: 'inboxes',
  numbers: 'numbers',
} as const;

/** A key whose byte order is the order of the numbers. */
export function numberKey(value: number): string {
  return value.toString(36).padStart(DIGITS, '0');
}

/** The number that a key has at `at`. */
export function readNumberKey(key: string, at: number): number {
  return Number.parseInt(key.slice(at, at + DIGITS), 36);
}

/** Higher priorities first, then by the last sequence: the first key from a sequence on has it. */
export function segmentKey(store: string, priority: number, last: number): string {
  return priorityKey(store, priority) + numberKey(last);
}

/** The prefix of the keys of all segments of a priority, and of when something is due in them. */
export function priorityKey(store: string, priority: number): string {
  return `${store}${PRIORITY_LAST - priority}`;
}

export function readSegmentKey(key: string, store: string): { priority: number; last: number } {
  const at = store.length;
  const priority = PRIORITY_LAST - Number.parseInt(key.slice(at, at + 1), 10);
  return { priority, last: readNumberKey(key, at + 1) };
}

/** By priority, then by time, then by the last sequence of the segment. */
export function scheduleKey(store: string, dueMs: number, segment: string): string {
  const at = store.length + 1;
  return segment.slice(0, at) + numberKey(dueMs) + segment.slice(at);
}

export function readScheduleKey(key: string, store: string): { dueMs: number; segment: string } {
  const at = store.length + 1;
  return { dueMs: readNumberKey(key, at), segment: key.slice(0, at) + key.slice(at + DIGITS) };
}

/** The prefix of all messages with an ordering key, or of all dead letters of a topic, or of its group. */
export function namedKey(prefix: string, name: string): string {
  return `${prefix}${name.length.toString(36).padStart(NAME_DIGITS, '0')}${name}`;
}

/** The name that a key has behind a prefix. */
export function readNamedKey(key: string, prefix: string): string {
  const from = prefix.length + NAME_DIGITS;
  return key.slice(from, from + Number.parseInt(key.slice(prefix.length, from), 36));
}

/** What follows a name or a number begins with a digit: all keys with this prefix are less. */
export function behind(prefix: string): string {
  return `${prefix}~`;
}
