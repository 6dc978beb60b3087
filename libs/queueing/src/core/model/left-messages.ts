import { unpackMessages } from '../message/packed-messages.js';
import type { RecordCodec } from '../ports.js';
import { readLeavingRecord } from '../topics/outbox/leaving-message.js';
import { readNumberKey, TABLES, numberKey } from '../topics/records/record-keys.js';
import type { ModelTables } from './record-tables.js';

/** Numbers of the messages that left for another shard. */
export function leftNumbers(tables: ModelTables): readonly number[] {
  const at = numberKey(0).length;
  return [...tables.range(TABLES.outbox)].map(([key]) => readNumberKey(key, at));
}

/** What is known of each of them. */
export function leftLines(tables: ModelTables, codec: RecordCodec): readonly unknown[] {
  return [...tables.range(TABLES.outbox)].map(([, record]) => {
    const message = readLeavingRecord(codec.decode(record));
    const { topic, isBack, priority, key, origin, packed } = message;
    const [content] = unpackMessages(codec, packed);
    const body = content === undefined ? 'no body' : String(codec.decode(content.body));
    const from = origin && [origin.topic, origin.group, origin.sequence];
    return [topic, isBack, priority, key, from, body];
  });
}
