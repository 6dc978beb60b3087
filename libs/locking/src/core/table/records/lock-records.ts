import { fieldsOf, integerField, WHOLE, type Fields } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import { LOCK_DELAY_MS_MAX, TOKEN_MAX } from '../../limits.js';
import type { RecordCodec, RecordTables } from '../ports.js';
import type { Hold } from '../state/hold.js';
import type { LockDelay } from '../state/lock.js';
import type { Session } from '../state/session.js';
import type { Waiter } from '../state/waiter.js';
import { holdRecord, readHoldRecord, type HoldRecord } from './hold-record.js';
import { numberKey, readNumberKey } from './number-key.js';
import { readSessionRecord, sessionRecord } from './session-record.js';
import { readWaiterRecord, waiterRecord, type WaiterRecord } from './waiter-record.js';

const HOLDS = 'holds';
const WAITERS = 'waiters';
const SESSIONS = 'sessions';
const DELAYS = 'delays';
const CLOSED = 'closed';
const BREAKS = 'breaks';
const COUNTER = 'counter';
const LAST = 'last';
const TOKEN = { min: 0, max: TOKEN_MAX };

export interface Counter {
  readonly lastToken: number;
  readonly lastWaiter: number;
}

/**
 * What is on disk: one record for each hold, waiter, session and delay, one for each closed
 * proposer and broken lock while their sweep is under way, and the counter.
 *
 * Readers throw MalformedValue for a record that this class did not write.
 */
export class LockRecords {
  /** Records written or removed since `begin`. */
  touched = 0;

  constructor(
    private readonly codec: RecordCodec,
    private readonly tables: RecordTables,
  ) {}

  begin(): void {
    this.touched = 0;
  }

  putHold(hold: Hold): void {
    invariant(hold.holds >= 1, 'LockRecords: a hold on disk holds', { id: hold.id });
    this.put(HOLDS, numberKey(hold.id), holdRecord(hold));
  }

  removeHold(id: number): void {
    this.remove(HOLDS, numberKey(id));
  }

  *holds(): Generator<readonly [id: number, record: HoldRecord], void, undefined> {
    for (const [key, bytes] of this.tables.range(HOLDS)) {
      yield [readNumberKey(key), readHoldRecord(this.codec.decode(bytes))];
    }
  }

  putWaiter(waiter: Waiter): void {
    waiter.recorded = waiter.proposers;
    this.put(WAITERS, numberKey(waiter.id), waiterRecord(waiter));
  }

  removeWaiter(waiter: Waiter): void {
    invariant(waiter.recorded !== null, 'LockRecords: a removed waiter has a record', {
      id: waiter.id,
    });
    waiter.recorded = null;
    waiter.party.session?.waiters.delete(waiter);
    this.remove(WAITERS, numberKey(waiter.id));
  }

  *waiters(): Generator<readonly [id: number, record: WaiterRecord], void, undefined> {
    for (const [key, bytes] of this.tables.range(WAITERS)) {
      yield [readNumberKey(key), readWaiterRecord(this.codec.decode(bytes))];
    }
  }

  putSession(session: Session): void {
    this.put(SESSIONS, session.id, sessionRecord(session));
  }

  removeSession(id: string): void {
    this.remove(SESSIONS, id);
  }

  *sessions(): Generator<Session, void, undefined> {
    for (const [id, bytes] of this.tables.range(SESSIONS)) {
      yield readSessionRecord(id, this.codec.decode(bytes));
    }
  }

  putDelay(name: string, delay: LockDelay): void {
    this.put(DELAYS, name, { delayMs: delay.delayMs, leaseIndex: delay.leaseIndex });
  }

  removeDelay(name: string): void {
    this.remove(DELAYS, name);
  }

  *delays(): Generator<readonly [name: string, delay: LockDelay], void, undefined> {
    for (const [name, fields] of this.fields(DELAYS)) {
      const delayMs = integerField(fields, 'delayMs', { min: 1, max: LOCK_DELAY_MS_MAX });
      yield [name, { delayMs, leaseIndex: integerField(fields, 'leaseIndex', WHOLE) }];
    }
  }

  putClosed(proposer: string, index: number): void {
    this.put(CLOSED, proposer, { index });
  }

  removeClosed(proposer: string): void {
    this.remove(CLOSED, proposer);
  }

  *closed(): Generator<readonly [proposer: string, index: number], void, undefined> {
    for (const [proposer, fields] of this.fields(CLOSED)) {
      yield [proposer, integerField(fields, 'index', WHOLE)];
    }
  }

  putBreak(name: string, throughId: number): void {
    this.put(BREAKS, name, { throughId });
  }

  removeBreak(name: string): void {
    this.remove(BREAKS, name);
  }

  *breaks(): Generator<readonly [name: string, throughId: number], void, undefined> {
    for (const [name, fields] of this.fields(BREAKS)) {
      yield [name, integerField(fields, 'throughId', TOKEN)];
    }
  }

  putCounter(counter: Counter): void {
    const { lastToken, lastWaiter } = counter;
    this.put(COUNTER, LAST, { lastToken, lastWaiter });
  }

  counter(): Counter {
    const bytes = this.tables.get(COUNTER, LAST);
    if (bytes === undefined) return { lastToken: 0, lastWaiter: 0 };
    const fields = fieldsOf(this.codec.decode(bytes), 'counter record');
    return {
      lastToken: integerField(fields, 'lastToken', TOKEN),
      lastWaiter: integerField(fields, 'lastWaiter', WHOLE),
    };
  }

  private *fields(table: string): Generator<readonly [key: string, fields: Fields], void> {
    for (const [key, bytes] of this.tables.range(table)) {
      yield [key, fieldsOf(this.codec.decode(bytes), `${table} record`)];
    }
  }

  private put(table: string, key: string, record: unknown): void {
    this.touched += 1;
    this.tables.put(table, key, this.codec.encode(record));
  }

  private remove(table: string, key: string): void {
    this.touched += 1;
    this.tables.remove(table, key);
  }
}
