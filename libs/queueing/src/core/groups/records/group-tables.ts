import { PRIORITIES } from '../../limits.js';
import type { RecordCodec, RecordTables } from '../../ports.js';
import type { Delivery } from '../memory/delivery.js';
import { packDelivery, unpackDelivery } from './delivery-record.js';
import { GROUP_TABLES, numberIn, numberKey } from './group-keys.js';
import { packGroup, whole, wholeNumbers, type GroupRecord } from './group-record.js';

const EMPTY = new Uint8Array(0);

/** What a group remembers of a message that was handed out and came back. */
export interface Attempts {
  readonly deliveries: number;
  readonly failures: number;
}

/** A message that is ready although its cursor has passed it. */
export interface Returned extends Attempts {
  readonly priority: number;
  readonly sequence: number;
}

/** A message that failed and waits. */
export interface Waiting extends Attempts {
  readonly availableAtMs: number;
}

/** The records of one group. Readers throw MalformedValue for a record that this class did not write. */
export class GroupTables {
  private readonly prefix: string;
  private readonly key: string;
  /** No record of `ready`, of `waitingTimes` has a lesser key: where a walk begins, past what was removed lately. */
  private readyFrom: string;
  private waitingFrom: string;

  /** The earliest time in `waitingTimes`; null: to be looked up. */
  private firstWaiting: number | null = null;

  constructor(
    private readonly tables: RecordTables,
    private readonly codec: RecordCodec,
    { topicId, groupId }: { readonly topicId: number; readonly groupId: number },
  ) {
    this.prefix = numberKey(groupId);
    this.key = numberKey(topicId) + this.prefix;
    this.readyFrom = this.prefix;
    this.waitingFrom = this.prefix;
  }

  putGroup(record: GroupRecord): void {
    this.tables.put(GROUP_TABLES.groups, this.key, this.codec.encode(packGroup(record)));
  }

  removeGroup(): void {
    this.tables.remove(GROUP_TABLES.groups, this.key);
  }

  putDelivery(delivery: Delivery): void {
    const bytes = this.codec.encode(packDelivery(delivery));
    this.tables.put(GROUP_TABLES.deliveries, this.prefix + numberKey(delivery.id), bytes);
  }

  removeDelivery(id: number): void {
    this.tables.remove(GROUP_TABLES.deliveries, this.prefix + numberKey(id));
  }

  /** In the order of their ids. */
  *deliveries(): Generator<Delivery, void, undefined> {
    for (const [key, bytes] of this.own(GROUP_TABLES.deliveries, this.prefix)) {
      yield unpackDelivery(numberIn(key, 1), this.codec.decode(bytes));
    }
  }

  putReturned({ priority, sequence, deliveries, failures }: Returned): void {
    const key = this.readyKey(priority, sequence);
    if (key < this.readyFrom) this.readyFrom = key;
    this.tables.put(GROUP_TABLES.ready, key, this.codec.encode([deliveries, failures]));
  }

  removeReturned(priority: number, sequence: number): void {
    this.tables.remove(GROUP_TABLES.ready, this.readyKey(priority, sequence));
  }

  returnedAt(priority: number, sequence: number): Attempts | undefined {
    const bytes = this.tables.get(GROUP_TABLES.ready, this.readyKey(priority, sequence));
    return bytes === undefined ? undefined : this.attempts(bytes);
  }

  /** In the order of hand-out. Those removed and put meanwhile are seen if they lie ahead. */
  *returned(): Generator<Returned, void, undefined> {
    let first = true;
    for (const [key, bytes] of this.own(GROUP_TABLES.ready, this.readyFrom)) {
      if (first) this.readyFrom = key;
      first = false;
      yield this.returnedOf(key, bytes);
    }
  }

  firstReturned(priority: number): Returned | undefined {
    const from = this.readyKey(priority, 0);
    for (const [key, bytes] of this.own(GROUP_TABLES.ready, from)) {
      const returned = this.returnedOf(key, bytes);
      return returned.priority === priority ? returned : undefined;
    }
    return undefined;
  }

  putWaiting(sequence: number, { availableAtMs, deliveries, failures }: Waiting): void {
    const timeKey = this.timeKey(availableAtMs, sequence);
    if (timeKey < this.waitingFrom) this.waitingFrom = timeKey;
    if (this.firstWaiting !== null && availableAtMs < this.firstWaiting) {
      this.firstWaiting = availableAtMs;
    }
    this.tables.put(GROUP_TABLES.waitingTimes, timeKey, EMPTY);
    const bytes = this.codec.encode([availableAtMs, deliveries, failures]);
    this.tables.put(GROUP_TABLES.waiting, this.prefix + numberKey(sequence), bytes);
  }

  removeWaiting(sequence: number, availableAtMs: number): void {
    if (availableAtMs === this.firstWaiting) this.firstWaiting = null;
    this.tables.remove(GROUP_TABLES.waitingTimes, this.timeKey(availableAtMs, sequence));
    this.tables.remove(GROUP_TABLES.waiting, this.prefix + numberKey(sequence));
  }

  waitingAt(sequence: number): Waiting | undefined {
    const bytes = this.tables.get(GROUP_TABLES.waiting, this.prefix + numberKey(sequence));
    if (bytes === undefined) return undefined;
    const [availableAtMs, deliveries, failures] = wholeNumbers(this.codec.decode(bytes), 3);
    return {
      availableAtMs: whole(availableAtMs),
      deliveries: whole(deliveries),
      failures: whole(failures),
    };
  }

  /** Who waits, the earliest first. Those removed meanwhile may be ahead of the walk. */
  *waitingTimes(): Generator<readonly [availableAtMs: number, sequence: number], void, undefined> {
    let first = true;
    for (const [key] of this.own(GROUP_TABLES.waitingTimes, this.waitingFrom)) {
      if (first) this.waitingFrom = key;
      first = false;
      yield [whole(numberIn(key, 1)), whole(numberIn(key, 2))];
    }
  }

  /** The earliest time; undefined if nobody waits. Kept, since it is asked for after each command. */
  firstWaitingMs(): number | undefined {
    if (this.firstWaiting !== null) return this.firstWaiting;
    for (const [availableAtMs] of this.waitingTimes()) return (this.firstWaiting = availableAtMs);
    return undefined;
  }

  private *own(
    table: string,
    from: string,
  ): Generator<readonly [key: string, value: Uint8Array], void, undefined> {
    for (const record of this.tables.range(table, from)) {
      if (!record[0].startsWith(this.prefix)) return;
      yield record;
    }
  }

  private returnedOf(key: string, bytes: Uint8Array): Returned {
    const place = key.slice(this.prefix.length);
    const priority = PRIORITIES - 1 - whole(Number(place.charAt(0)));
    const sequence = whole(numberIn(place.slice(1), 0));
    return { priority, sequence, ...this.attempts(bytes) };
  }

  private attempts(bytes: Uint8Array): Attempts {
    const [deliveries, failures] = wholeNumbers(this.codec.decode(bytes), 2);
    return { deliveries: whole(deliveries), failures: whole(failures) };
  }

  private readyKey(priority: number, sequence: number): string {
    return `${this.prefix}${PRIORITIES - 1 - priority}${numberKey(sequence)}`;
  }

  private timeKey(availableAtMs: number, sequence: number): string {
    return this.prefix + numberKey(availableAtMs) + numberKey(sequence);
  }
}
