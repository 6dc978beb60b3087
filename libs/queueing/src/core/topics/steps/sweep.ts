import { integer, list, WHOLE } from '@sinkron/fields';
import { PRIORITIES, RECORDS_PER_COMMAND_MAX } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import { SEGMENTS_PER_SWEEP_MAX } from '../limits.js';
import { readNumberKey, TABLES } from '../records/record-keys.js';
import type { Shard } from '../state/shard.js';

import { removeMessages } from './remove.js';

/** Records about messages, under a store; the others of a topic are under its number. */
const STORE_TABLES = [
  TABLES.segments,
  TABLES.marks,
  TABLES.schedule,
  TABLES.keys,
  TABLES.milestones,
  TABLES.held,
  TABLES.origins,
  TABLES.redrives,
  TABLES.blocks,
];
const TOPIC_TABLES = [TABLES.deduplication, TABLES.deduplicationTimes, TABLES.readers];

/** Removes the next records of what is gone, at most RECORDS_PER_COMMAND_MAX of them. */
export function sweep(shard: Shard): void {
  let budget = RECORDS_PER_COMMAND_MAX - shard.groups.sweep(RECORDS_PER_COMMAND_MAX);
  for (const [key, bytes] of shard.records.tables.range(TABLES.sweeps)) {
    if (budget <= 0) break;
    const [kind = '', what = ''] = key.split(' ');
    if (kind === 'done') {
      sweepDone(shard, what, readPlace(shard.records.codec.decode(bytes)));
      break;
    }
    const tables = kind === 'store' ? STORE_TABLES : TOPIC_TABLES;
    for (const table of tables) budget -= shard.records.removeUnder(table, what, budget);
    if (budget > 0) shard.sweepDone(kind === 'store' ? 'store' : 'topic', what);
  }
  shard.tell({ kind: 'swept' });
}

interface SweepPlace {
  readonly priority: number;
  readonly sequence: number;
}

/** Looks at the next segments of a topic for messages that all groups are done with. */
function sweepDone(shard: Shard, what: string, from: SweepPlace): void {
  const topic = shard.topicOf(readNumberKey(what, 0));
  if (topic === undefined) {
    shard.sweepDone('done', what);
    return;
  }
  shard.touch(topic);
  const done: StoredMessage[] = [];
  let left = SEGMENTS_PER_SWEEP_MAX;
  let next: SweepPlace | undefined;
  for (const priority of topic.priorities) {
    if (priority > from.priority) continue;
    const sequence = priority === from.priority ? from.sequence : 0;
    for (const segment of topic.segments.from(priority, sequence)) {
      if (left === 0 || done.length + segment.count > RECORDS_PER_COMMAND_MAX) {
        next = { priority, sequence: segment.first };
        break;
      }
      left -= 1;
      for (let place = 0; place < segment.count; place += 1) {
        if (segment.isRemoved(place) || !topic.isDone({ segment, place })) continue;
        done.push(segment.message(place));
      }
    }
    if (next !== undefined) break;
  }
  removeMessages(topic, done);
  if (next === undefined) shard.sweepDone('done', what);
  else shard.records.put(TABLES.sweeps, `done ${what}`, [next.priority, next.sequence]);
}

function readPlace(value: unknown): SweepPlace {
  if (value === null) return { priority: PRIORITIES - 1, sequence: 0 };
  const [priority, sequence] = list(value, 'a sweep record', 2);
  return {
    priority: integer(priority, 'priority', { min: 0, max: PRIORITIES - 1 }),
    sequence: integer(sequence, 'sequence', WHOLE),
  };
}
