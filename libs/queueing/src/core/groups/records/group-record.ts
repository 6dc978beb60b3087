import { MalformedValue } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import { PRIORITIES } from '../../limits.js';

/** What is on the disk of a group, and always in memory: its place in the topic, and its counts. */
export interface GroupRecord {
  readonly topicId: number;
  readonly groupId: number;
  readonly name: string;
  /** By priority: the least sequence that the group has not looked at. */
  readonly cursors: number[];
  /** Numbers of deliveries go on from here. */
  lastDelivery: number;
  /** Open messages of the topic that the group has settled. */
  settledOpen: number;
  /** Delayed messages of the topic that the group has settled: from before it began. */
  settledDelayed: number;
  inFlight: number;
  /** Waiting for the end of a back-off. */
  waiting: number;
  /** Ready although their cursor has passed them: records of the table `ready`. */
  returned: number;
  /** Passed by their cursor because they were not the head of their key; they are open and not settled. */
  blocked: number;
  /** Made so far. */
  deadLettered: number;
  /** The earliest end of a visibility or back-off, log time; null when there is none. */
  nextDueMs: number | null;
}

export function newGroupRecord(topicId: number, groupId: number, name: string): GroupRecord {
  return {
    topicId,
    groupId,
    name,
    cursors: Array.from({ length: PRIORITIES }, () => 1),
    lastDelivery: 0,
    settledOpen: 0,
    settledDelayed: 0,
    inFlight: 0,
    waiting: 0,
    returned: 0,
    blocked: 0,
    deadLettered: 0,
    nextDueMs: null,
  };
}

/** The record beside its key. */
export function packGroup(group: GroupRecord): unknown {
  return [
    group.name,
    group.cursors,
    [
      group.lastDelivery,
      group.settledOpen,
      group.settledDelayed,
      group.inFlight,
      group.waiting,
      group.returned,
      group.blocked,
      group.deadLettered,
    ],
    group.nextDueMs,
  ];
}

/** @throws MalformedValue when the record is not one that {@link packGroup} made. */
export function unpackGroup(topicId: number, groupId: number, value: unknown): GroupRecord {
  const [name, cursors, counts, nextDueMs] = listOf(value, 4);
  if (typeof name !== 'string') throw new MalformedValue('name of a group', 'a string');
  const [lastDelivery, settledOpen, settledDelayed, inFlight, waiting, returned, blocked, dead] =
    wholeNumbers(counts, 8);
  return {
    topicId,
    groupId,
    name,
    cursors: [...wholeNumbers(cursors, PRIORITIES)],
    lastDelivery: whole(lastDelivery),
    settledOpen: whole(settledOpen),
    settledDelayed: whole(settledDelayed),
    inFlight: whole(inFlight),
    waiting: whole(waiting),
    returned: whole(returned),
    blocked: whole(blocked),
    deadLettered: whole(dead),
    nextDueMs: nextDueMs === null ? null : whole(nextDueMs),
  };
}

/** What must hold of the counts of a group after each command. */
export function checkCounts(group: GroupRecord, open: number): void {
  const { settledOpen, inFlight, waiting, returned, blocked } = group;
  invariant(
    settledOpen >= 0 && inFlight >= 0 && waiting >= 0 && returned >= 0 && blocked >= 0,
    'GroupRecord: counts never fall below 0',
    { ...group },
  );
  invariant(
    settledOpen + inFlight + waiting + returned + blocked <= open,
    'GroupRecord: settled + in flight + waiting + returned + blocked <= open messages',
    { ...group, open },
  );
}

/** @throws MalformedValue unless it is a list of `length` items. */
export function listOf(value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw new MalformedValue('record of a group', `a list of ${length}`);
  }
  return value;
}

/** @throws MalformedValue unless it is a list of whole numbers, `length` of them if it is given. */
export function wholeNumbers(value: unknown, length?: number): readonly number[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw new MalformedValue('numbers in a record of a group', 'a list');
  }
  return value.map(whole);
}

/** @throws MalformedValue unless it is an integer from 0 on. */
export function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new MalformedValue('a number in a record of a group', 'an integer from 0');
  }
  return value;
}
