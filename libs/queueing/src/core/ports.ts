/** The part of a replicated machine's tables that topics use; keys in UTF-8 byte order. */
export interface RecordTables {
  get(table: string, key: string): Uint8Array | undefined;
  put(table: string, key: string, value: Uint8Array): void;
  remove(table: string, key: string): void;
  range(table: string, from?: string): IterableIterator<readonly [key: string, value: Uint8Array]>;
}

/** Turns records into bytes and back: plain objects, arrays, strings, numbers, bytes and null. */
export interface RecordCodec {
  encode(record: unknown): Uint8Array;
  /** The value is as untrusted as the bytes are. */
  decode(bytes: Uint8Array): unknown;
}

/** A stored message as a group sees it, without its body. */
export interface StoredMessage {
  /** Its number in the topic, and its publish order. */
  readonly sequence: number;
  readonly priority: number;
  readonly bytes: number;
  readonly publishedAtMs: number;
  readonly key: string | null;
  /** Its place among the messages of its key: the sequence, or later for one that was delayed. */
  readonly keyOrder: number;
  readonly expiresAtMs: number | null;
}

/** Messages of a topic, counted. */
export interface MessageCounts {
  readonly open: number;
  /** Stored, but not yet due. */
  readonly delayed: number;
}

/**
 * The messages of one topic, as its groups use them.
 *
 * A message is *stored* from its publish on, *open* from when it is due until it is removed for all.
 * `settle` is how a group says that it is done with a message for good.
 *
 * All answers follow from the topic's records, never from what is in memory.
 */
export interface TopicMessages {
  /** The largest sequence given so far, 0 before the first. */
  readonly lastSequence: number;
  /** Of the topic, kept up to date. */
  readonly counts: MessageCounts;
  /** Of the messages with a smaller sequence. */
  countsBefore(sequence: number): MessageCounts;
  /**
   * Open messages of a priority with `from <= sequence` that the group has not settled, ascending, at most
   * `limit`. Fewer than `limit` means that there are no more.
   */
  open(groupId: number, priority: number, from: number, limit: number): readonly StoredMessage[];
  /** Undefined when it is not stored (any more). Delayed ones are found, too. */
  get(sequence: number): StoredMessage | undefined;
  /** Whether it still waits for its time. */
  isDelayed(sequence: number): boolean;
  /** The open message of a key with the least `keyOrder` that the group has not settled. */
  headOfKey(key: string, groupId: number): StoredMessage | undefined;
  /** The first open message at or after a time, of any priority: its sequence; lastSequence + 1 if none. */
  sequenceAtTime(timeMs: number): number;
  /** Also of a message before the place from which the group was added. */
  hasSettled(groupId: number, sequence: number): boolean;
  /**
   * The group is done with these, which it had not settled before; with `work` retention, a message all
   * groups are done with is removed. @returns how many open messages were removed; `TopicGroups.removed`
   * is not called for them.
   */
  settle(groupId: number, sequences: readonly number[]): number;
  /** A new group; it counts as having settled all messages with a sequence below `from`. */
  addGroup(groupId: number, from: number): void;
  /** The group is gone, with all that it settled. What the others are done with may go later, by sweeps. */
  dropGroup(groupId: number): void;
}
