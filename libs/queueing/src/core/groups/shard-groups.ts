import type { RecordCodec, RecordTables } from '../ports.js';
import { LoadedGroups } from './memory/loaded-groups.js';
import { GROUP_TABLES, numberIn, numberKey } from './records/group-keys.js';
import { unpackGroup, type GroupRecord } from './records/group-record.js';

const EMPTY = new Uint8Array(0);
const TABLES_SWEPT = [
  GROUP_TABLES.deliveries,
  GROUP_TABLES.ready,
  GROUP_TABLES.waiting,
  GROUP_TABLES.waitingTimes,
];

export interface ShardGroupsOptions {
  readonly tables: RecordTables;
  readonly codec: RecordCodec;
  /** The next id of a group in the shard, from 1 on; none is given twice. */
  readonly newGroupId: () => number;
}

/** What the groups of all topics of a shard share: made anew whenever the machine opens its tables. */
export class ShardGroups {
  readonly tables: RecordTables;
  readonly codec: RecordCodec;
  readonly newGroupId: () => number;
  readonly loaded = new LoadedGroups();
  /** Groups of all topics. */
  count = 0;
  /** Ascending, so that a replica that has just opened sweeps as one that has not. */
  private dropped: number[] = [];

  constructor(options: ShardGroupsOptions) {
    this.tables = options.tables;
    this.codec = options.codec;
    this.newGroupId = options.newGroupId;
    for (const [key] of this.tables.range(GROUP_TABLES.dropped))
      this.dropped.push(numberIn(key, 0));
  }

  /** All groups of all topics, by topic and then by id, each for `TopicGroups.adopt`. */
  *records(): Generator<GroupRecord, void, undefined> {
    for (const [key, bytes] of this.tables.range(GROUP_TABLES.groups)) {
      yield unpackGroup(numberIn(key, 0), numberIn(key, 1), this.codec.decode(bytes));
    }
  }

  /** Whether dropped groups have records still: deleted ones, and what a seek or a purge left behind. */
  get sweepPending(): boolean {
    return this.dropped.length > 0;
  }

  /** The group is no more; its records besides the one in `groups` go by and by. */
  drop(groupId: number): void {
    this.dropped.push(groupId);
    this.dropped.sort((one, other) => one - other);
    this.tables.put(GROUP_TABLES.dropped, numberKey(groupId), EMPTY);
  }

  /** Removes records of dropped groups, at most `budget`. @returns how many. */
  sweep(budget: number): number {
    let removed = 0;
    while (removed < budget) {
      const groupId = this.dropped[0];
      if (groupId === undefined) break;
      removed += this.sweepGroup(groupId, budget - removed);
      if (removed >= budget) break;
      this.dropped.shift();
      this.tables.remove(GROUP_TABLES.dropped, numberKey(groupId));
      removed += 1;
    }
    return removed;
  }

  private sweepGroup(groupId: number, budget: number): number {
    const prefix = numberKey(groupId);
    let removed = 0;
    for (const table of TABLES_SWEPT) {
      for (const [key] of this.tables.range(table, prefix)) {
        if (!key.startsWith(prefix) || removed >= budget) break;
        this.tables.remove(table, key);
        removed += 1;
      }
    }
    return removed;
  }
}
