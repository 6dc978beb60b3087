import { integer, list, WHOLE } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import { numberKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { ShardRecords } from '../records/shard-records.js';
import {
  leavingRecord,
  readLeavingRecord,
  type LeavingMessage,
  type NumberedMessage,
} from './leaving-message.js';
import {
  LOAD_BYTES_MAX,
  LOAD_MESSAGES_MAX,
  NUMBERS_PER_MS,
  REMOVED_PER_ENTRY_MAX,
} from './limits.js';

/** Where topics are: which shard this is, and which a topic belongs to, the same on every replica. */
export interface ShardPlaces {
  readonly own: number;
  shardOf(topic: string): number;
}

/** What waits for one shard. */
interface Waiting {
  /** The last number that was given. */
  last: number;
  messages: number;
  bytes: number;
}

/**
 * Messages that have left their topics for topics of other shards, until those shards have them: one
 * entry of the log cannot change two shards, so the first takes a message out of its topic and puts it
 * here, with a number; a second, in the other shard, stores those with numbers above the highest that it
 * has seen; and a third removes them here. Each of them can come twice and changes nothing then.
 *
 * Numbers grow with log time, so that a shard that went back to an earlier state gives none that the
 * other one knows already. They have gaps therefore; none is needed to see that something is missing: a
 * message stays here until the other shard has said that it has it, and those in front go first.
 */
export class Outbox {
  /** By the number of the shard. */
  private readonly shards = new Map<number, Waiting>();
  /** Shards for which there is something. */
  private readonly wanted = new Set<number>();

  constructor(
    private readonly records: ShardRecords,
    private readonly places: ShardPlaces,
  ) {}

  /** Reads what is on the disk. @throws MalformedValue */
  open(): void {
    const { codec, tables } = this.records;
    for (const [key, bytes] of tables.range(TABLES.outboxes)) {
      const [last, messages, size] = list(codec.decode(bytes), 'an outbox', 3);
      const waiting = {
        last: integer(last, 'last', WHOLE),
        messages: integer(messages, 'messages', WHOLE),
        bytes: integer(size, 'bytes', WHOLE),
      };
      const shard = readNumberKey(key, 0);
      this.shards.set(shard, waiting);
      if (waiting.messages > 0) this.wanted.add(shard);
    }
  }

  /** Shards for which messages wait. */
  get targets(): Iterable<number> {
    return this.wanted;
  }

  /** Of all shards together. */
  get counts(): { readonly messages: number; readonly bytes: number } {
    let [messages, bytes] = [0, 0];
    for (const target of this.wanted) {
      const waiting = this.shards.get(target);
      messages += waiting?.messages ?? 0;
      bytes += waiting?.bytes ?? 0;
    }
    return { messages, bytes };
  }

  /** Whether a topic is in another shard. */
  isElsewhere(topic: string): boolean {
    return this.places.shardOf(topic) !== this.places.own;
  }

  /** The message is on its way from now on. */
  add(message: LeavingMessage, nowMs: number): void {
    const target = this.places.shardOf(message.topic);
    invariant(target !== this.places.own, 'Outbox: what leaves goes to another shard', { target });
    const waiting = this.shards.get(target) ?? { last: 0, messages: 0, bytes: 0 };
    const number = Math.max(waiting.last + 1, nowMs * NUMBERS_PER_MS);
    invariant(Number.isSafeInteger(number), 'Outbox: numbers are safe integers', { number });
    this.records.put(TABLES.outbox, outboxKey(target, number), leavingRecord(message));
    this.write(target, {
      last: number,
      messages: waiting.messages + 1,
      bytes: waiting.bytes + message.packed.byteLength,
    });
  }

  /** The first messages for a shard, as many as one entry takes. */
  load(target: number): readonly NumberedMessage[] {
    const messages: NumberedMessage[] = [];
    let size = 0;
    for (const [key, bytes] of this.records.under(TABLES.outbox, numberKey(target))) {
      const message = readLeavingRecord(this.records.codec.decode(bytes));
      size += message.packed.byteLength;
      if (messages.length > 0 && size > LOAD_BYTES_MAX) break;
      // A copy: the bytes of a record may be gone with the next read.
      const packed = new Uint8Array(message.packed);
      messages.push({ number: numberIn(key), ...message, packed });
      if (messages.length === LOAD_MESSAGES_MAX) break;
    }
    return messages;
  }

  /** The number of the first message for a shard. */
  firstFor(target: number): number | undefined {
    for (const [key] of this.records.under(TABLES.outbox, numberKey(target))) return numberIn(key);
    return undefined;
  }

  /** The other shard has all messages with numbers up to `through`. */
  remove(target: number, through: number): void {
    const waiting = this.shards.get(target);
    if (waiting === undefined) return;
    let { messages, bytes } = waiting;
    const keys: string[] = [];
    for (const [key, record] of this.records.under(TABLES.outbox, numberKey(target))) {
      if (numberIn(key) > through || keys.length === REMOVED_PER_ENTRY_MAX) break;
      keys.push(key);
      messages -= 1;
      bytes -= readLeavingRecord(this.records.codec.decode(record)).packed.byteLength;
    }
    if (keys.length === 0) return;
    for (const key of keys) this.records.remove(TABLES.outbox, key);
    invariant(messages >= 0 && bytes >= 0, 'Outbox: counts >= 0', { target, messages, bytes });
    this.write(target, { last: waiting.last, messages, bytes });
  }

  private write(target: number, waiting: Waiting): void {
    this.shards.set(target, waiting);
    if (waiting.messages > 0) this.wanted.add(target);
    else this.wanted.delete(target);
    const { last, messages, bytes } = waiting;
    this.records.put(TABLES.outboxes, numberKey(target), [last, messages, bytes]);
  }
}

function outboxKey(target: number, number: number): string {
  return numberKey(target) + numberKey(number);
}

function numberIn(key: string): number {
  return readNumberKey(key, numberKey(0).length);
}
