import { invariant } from '@sinkron/invariant';
import type { StoredMessage } from '../../ports.js';
import { CursorWindows } from '../memory/cursor-windows.js';
import { Delivery, type Entry } from '../memory/delivery.js';
import { GroupMemory } from '../memory/group-memory.js';
import type { Loaded } from '../memory/loaded-groups.js';
import { checkCounts, type GroupRecord } from '../records/group-record.js';
import { GroupTables, type Attempts, type Waiting } from '../records/group-tables.js';
import type { TopicState } from './topic-state.js';

/** A message that is to be handed out. */
export interface Picked {
  readonly message: StoredMessage;
  /** Before this hand-out. */
  readonly attempts: Attempts;
}

/**
 * One group: where each message of the topic is for it, in its records, its counts and its memory at
 * once. A stored message that is open is, for the group, exactly one of
 * - settled (the topic knows);
 * - in flight: an entry of a delivery;
 * - waiting: failed, until a time;
 * - returned: ready although its cursor has passed it;
 * - blocked: passed by its cursor, and behind another message of its key. No record says so;
 * - ahead: its cursor has not come to it.
 */
export class GroupState implements Loaded {
  readonly tables: GroupTables;
  /** The record is not written as it is. */
  changed = false;
  private memoryLoaded: GroupMemory | undefined;

  constructor(
    readonly record: GroupRecord,
    readonly topic: TopicState,
  ) {
    const { tables, codec } = topic.options.shard;
    this.tables = new GroupTables(tables, codec, record);
  }

  get id(): number {
    return this.record.groupId;
  }

  get loaded(): GroupMemory | undefined {
    return this.memoryLoaded;
  }

  unload(): void {
    this.memoryLoaded = undefined;
  }

  get memory(): GroupMemory {
    if (this.memoryLoaded !== undefined) return this.memoryLoaded;
    this.memoryLoaded = this.load();
    this.topic.options.shard.loaded.add(this);
    return this.memoryLoaded;
  }

  /** Ready, with those that are blocked. */
  get ready(): number {
    const { settledOpen, inFlight, waiting } = this.record;
    return this.topic.options.messages.counts.open - settledOpen - inFlight - waiting;
  }

  isPassed({ priority, sequence }: StoredMessage): boolean {
    return sequence < this.cursor(priority);
  }

  cursor(priority: number): number {
    const cursor = this.record.cursors[priority];
    invariant(cursor !== undefined, 'GroupState: a cursor for each priority', { priority });
    return cursor;
  }

  /** The cursor goes past the message, which the windows gave. */
  pass({ priority, sequence }: StoredMessage): void {
    invariant(sequence >= this.cursor(priority), 'GroupState: a cursor only goes on', { sequence });
    this.record.cursors[priority] = sequence + 1;
    this.memory.windows.pass(priority);
    this.changed = true;
  }

  /** @returns the delivery's id. */
  handOut(picked: readonly Picked[], consumer: string | null, visibleAtMs: number): number {
    const delivery = new Delivery(++this.record.lastDelivery, consumer);
    for (const { message, attempts } of picked) {
      const { sequence, priority, key } = message;
      const { deliveries, failures } = attempts;
      delivery.entries.push({
        sequence,
        priority,
        key,
        deliveries: deliveries + 1,
        failures,
        visibleAtMs,
        nacked: null,
        delivery,
        inFlight: true,
      });
    }
    delivery.setDue();
    this.memory.add(delivery);
    this.tables.putDelivery(delivery);
    this.record.inFlight += picked.length;
    this.changed = true;
    return delivery.id;
  }

  /** {@link rewrite} must follow for its delivery. */
  endFlight(entry: Entry): void {
    this.memory.end(entry);
    this.record.inFlight -= 1;
    this.changed = true;
  }

  /** After entries of these deliveries have ended, or have another time. */
  rewrite(deliveries: Iterable<Delivery>): void {
    for (const delivery of deliveries) {
      if (this.memory.rewritten(delivery)) this.tables.putDelivery(delivery);
      else this.tables.removeDelivery(delivery.id);
    }
    this.changed = true;
  }

  putReturned({ priority, sequence }: Placed, { deliveries, failures }: Attempts): void {
    this.tables.putReturned({ priority, sequence, deliveries, failures });
    this.record.returned += 1;
    this.changed = true;
  }

  removeReturned({ priority, sequence }: Placed): void {
    this.tables.removeReturned(priority, sequence);
    this.record.returned -= 1;
    this.changed = true;
  }

  putWaiting({ sequence }: Placed, waiting: Waiting): void {
    this.tables.putWaiting(sequence, waiting);
    this.record.waiting += 1;
    this.changed = true;
  }

  removeWaiting(sequence: number, { availableAtMs }: Waiting): void {
    this.tables.removeWaiting(sequence, availableAtMs);
    this.record.waiting -= 1;
    this.changed = true;
  }

  countBlocked(change: number): void {
    this.record.blocked += change;
    this.changed = true;
  }

  /** The group is done with messages that are in none of its records any more. */
  settle(sequences: readonly number[]): void {
    if (sequences.length === 0) return;
    this.record.settledOpen += sequences.length;
    this.changed = true;
    this.topic.removedSettled(this.topic.options.messages.settle(this.id, sequences));
  }

  /** Undefined unless the message is in flight. */
  entryOf(sequence: number): Entry | undefined {
    return this.record.inFlight === 0 ? undefined : this.memory.entry(sequence);
  }

  /** Where a message is that came back; of one that its cursor has passed. */
  returnedOf({ priority, sequence }: Placed): CameBack | undefined {
    const { returned, waiting } = this.record;
    const ready = returned === 0 ? undefined : this.tables.returnedAt(priority, sequence);
    if (ready !== undefined) return { kind: 'returned', attempts: ready };
    const later = waiting === 0 ? undefined : this.tables.waitingAt(sequence);
    return later === undefined ? undefined : { kind: 'waiting', attempts: later };
  }

  /** Writes the record if it has changed. At the end of each command. */
  flush(): void {
    if (!this.changed) return;
    this.changed = false;
    this.record.nextDueMs = this.nextDueMs();
    checkCounts(this.record, this.topic.options.messages.counts.open);
    this.tables.putGroup(this.record);
    this.topic.options.shard.loaded.used(this);
  }

  private nextDueMs(): number | null {
    const { inFlight, waiting } = this.record;
    const visibleAtMs = inFlight === 0 ? undefined : this.memory.earliest?.dueMs;
    const availableAtMs = waiting === 0 ? undefined : this.tables.firstWaitingMs();
    if (visibleAtMs === undefined || availableAtMs === undefined) {
      return visibleAtMs ?? availableAtMs ?? null;
    }
    return Math.min(visibleAtMs, availableAtMs);
  }

  private load(): GroupMemory {
    const { messages } = this.topic.options;
    const windows = new CursorWindows(this.record.cursors, (priority, from, limit) =>
      messages.open(this.id, priority, from, limit),
    );
    const memory = new GroupMemory(windows);
    if (this.record.inFlight > 0) {
      for (const delivery of this.tables.deliveries()) memory.add(delivery);
    }
    return memory;
  }
}

/** What names a message among those of its group. */
export interface Placed {
  readonly priority: number;
  readonly sequence: number;
}

/** A message that came back, and where it is. */
export type CameBack =
  | { readonly kind: 'returned'; readonly attempts: Attempts }
  | { readonly kind: 'waiting'; readonly attempts: Waiting };
