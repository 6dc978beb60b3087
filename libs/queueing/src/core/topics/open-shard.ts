import { integer, WHOLE } from '@sinkron/fields';
import type { RecordCodec, RecordTables } from '../ports.js';
import type { ShardPlaces } from './outbox/outbox.js';
import { numberKey, readNumberKey, TABLES } from './records/record-keys.js';
import { ShardRecords } from './records/shard-records.js';
import { readTopicRecord } from './records/topic-record.js';
import { LAST_NUMBER, Shard } from './state/shard.js';
import { makeDeadLetter } from './steps/dead-letters.js';
import { readCounts } from './state/topic-counts.js';

/**
 * Reads configurations, counts and groups of all topics, a record a step; messages stay where they
 * are.
 *
 * @throws MalformedValue for records that these classes did not write.
 */
export function* openShard(
  codec: RecordCodec,
  tables: RecordTables,
  places: ShardPlaces,
): Generator<undefined, Shard, undefined> {
  const records = new ShardRecords(codec, tables);
  const last = records.get(TABLES.numbers, LAST_NUMBER);
  const lastNumber = last === undefined ? 0 : integer(last, 'last number', WHOLE);
  const shard: Shard = new Shard(records, { places, lastNumber }, (topic, message, facts) =>
    makeDeadLetter(shard, topic, message, facts),
  );
  for (const [name, bytes] of tables.range(TABLES.topics)) {
    const { topicId, configuration } = readTopicRecord(codec.decode(bytes));
    const counts = readCounts(records.get(TABLES.counters, numberKey(topicId)));
    shard.adopt({ name, topicId, configuration, counts });
    yield;
  }
  for (const [key, bytes] of tables.range(TABLES.readers)) {
    const topicId = readNumberKey(key, 0);
    const groupId = readNumberKey(key, numberKey(0).length);
    const from = integer(codec.decode(bytes), 'from', WHOLE);
    // Readers of a deleted topic are swept with it.
    shard.topicOf(topicId)?.readers.set(groupId, from);
    yield;
  }
  for (const group of shard.groups.records()) {
    const topic = shard.topicOf(group.topicId);
    if (topic !== undefined) shard.groupsOf(topic).adopt(group);
    yield;
  }
  shard.outbox.open();
  const sweeps = [...tables.range(TABLES.sweeps)].length;
  for (let sweep = 0; sweep < sweeps; sweep += 1) shard.adoptSweep();
  for (const topic of shard.topics()) shard.remind(topic);
  return shard;
}
