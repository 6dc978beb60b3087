import { invariant, unreachable } from '@sinkron/invariant';
import {
  readCommand,
  type AcquireCommand,
  type ExpireCommand,
  type LockCommand,
  type ReleaseCommand,
  type RenewCommand,
} from '../commands/lock-command.js';
import type { LockEffect } from '../commands/lock-effect.js';
import type {
  AcquireResult,
  Expired,
  Hold,
  LockResult,
  ReleaseResult,
  RenewResult,
} from '../commands/lock-result.js';
import { fieldsOf, integerField, MalformedValue } from '../fields.js';
import { LOCKS_MAX, TOKEN_MAX } from '../limits.js';
import { NameIndex } from '../names/name-index.js';
import { heldBy, sameHolder, type Holder, type Lock } from './lock.js';
import { lockRecord, readLockRecord, validateLock } from './lock-record.js';
import type { EntryContext, RecordCodec, RecordTables } from './ports.js';

const LOCKS = 'locks';
const COUNTER = 'counter';
const TOKEN = 'token';

/** What one command did. */
export interface Transition<Result extends LockResult = LockResult> {
  readonly result: Result;
  /** Whether an Idempotency-Key remembers the result; a refusal for now is asked again. */
  readonly remember: boolean;
  readonly effects: readonly LockEffect[];
}

/**
 * All locks of the cluster: the deterministic part, the same on every replica.
 *
 * The tables hold the truth, the map and the name index are rebuilt from them by `open`. Tokens
 * come from one counter for all locks: a counter per lock would have to outlive the lock, and one
 * forgotten with the idle lock would begin again below a token that a slow client still holds.
 *
 * Invariant: a lock has a record exactly while somebody holds it; no token exceeds the counter.
 */
export class LockTable {
  private readonly locks = new Map<string, Lock>();
  private readonly names = new NameIndex();
  private tables: RecordTables | undefined;
  /** The last token granted. Durable in the table `counter`. */
  private lastToken = 0;

  constructor(private readonly codec: RecordCodec) {}

  get size(): number {
    return this.locks.size;
  }

  /**
   * Binds the tables and rebuilds the memory from them.
   *
   * @throws MalformedValue or InvariantViolation when a record is not one that this class wrote.
   */
  open(tables: RecordTables): void {
    this.tables = tables;
    this.locks.clear();
    this.names.clear();
    const counter = tables.get(COUNTER, TOKEN);
    this.lastToken =
      counter === undefined
        ? 0
        : integerField(fieldsOf(this.codec.decode(counter), 'counter record'), 'lastToken', {
            min: 1,
            max: TOKEN_MAX,
          });
    for (const [name, bytes] of tables.range(LOCKS)) {
      this.locks.set(name, readLockRecord(name, this.codec.decode(bytes)));
      this.names.add(name);
    }
    this.validate();
  }

  /** Applies one committed command; a malformed one changes nothing and says what is wrong. */
  apply(value: unknown, context: EntryContext): Transition {
    let command: LockCommand;
    try {
      command = readCommand(value);
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      const result = { status: 'malformed', message: error.message } as const;
      return { result, remember: false, effects: [] };
    }
    switch (command.kind) {
      case 'acquire':
        return this.acquire(command, context);
      case 'release':
        return this.release(command);
      case 'renew':
        return this.renew(command, context);
      case 'expire':
        return this.expire(command, context);
      default:
        return unreachable(command);
    }
  }

  get(name: string): Lock | undefined {
    return this.locks.get(name);
  }

  /** Every lock, in no particular order. */
  all(): IterableIterator<Lock> {
    return this.locks.values();
  }

  /** The names of held locks that begin with `prefix` and come after `after`, in byte order. */
  listed(prefix: string, after: string | null): Generator<string, void, undefined> {
    return this.names.listed(prefix, after);
  }

  validate(): void {
    this.names.validate();
    let indexed = 0;
    for (const name of this.names.listed('', null)) {
      const lock = this.locks.get(name);
      invariant(lock !== undefined, 'LockTable: an indexed name has a lock', { name });
      validateLock(lock);
      for (const { token } of lock.holders) {
        invariant(token <= this.lastToken, 'LockTable: token <= lastToken', {
          name,
          token,
          lastToken: this.lastToken,
        });
      }
      indexed += 1;
    }
    invariant(indexed === this.locks.size, 'LockTable: every lock is indexed', { indexed });
  }

  private acquire(command: AcquireCommand, context: EntryContext): Transition<AcquireResult> {
    const lock = this.locks.get(command.name);
    const held = lock?.holders.find((holder) => sameHolder(holder, command));
    if (lock !== undefined && held === undefined) {
      const holders = lock.holders.map(({ sessionId, owner, token, holds }) => ({
        sessionId,
        owner,
        mode: lock.mode,
        token,
        holds,
      }));
      return {
        result: { status: 'held', holders, queueLength: 0 },
        remember: false,
        effects: [],
      };
    }
    if (lock === undefined && this.locks.size >= LOCKS_MAX) {
      return { result: { status: 'full' }, remember: false, effects: [] };
    }
    const { name, mode, sessionId, owner } = command;
    const holder: Holder = {
      sessionId,
      owner,
      token: held?.token ?? this.nextToken(),
      holds: (held?.holds ?? 0) + 1,
      ...leaseFrom(command.ttlMs, context),
      metadata: command.metadata ?? held?.metadata ?? null,
    };
    this.write({ name, mode, holders: [holder] });
    const { token, holds, ttlMs, leaseIndex } = holder;
    return {
      result: { status: 'granted', ...holdOf(mode, holder) },
      remember: true,
      effects: [{ kind: 'granted', name, mode, sessionId, owner, token, holds, ttlMs, leaseIndex }],
    };
  }

  private release(command: ReleaseCommand): Transition<ReleaseResult> {
    const lock = this.locks.get(command.name);
    const held = heldBy(lock, command);
    if (lock === undefined || held === undefined) return NOT_HOLDER;
    const holds = held.holds - 1;
    if (holds === 0) this.remove(lock);
    else this.write({ ...lock, holders: [{ ...held, holds }] });
    const { name, mode } = lock;
    const { sessionId, owner, token } = held;
    return {
      result: { status: 'released', holds },
      remember: true,
      effects: [{ kind: 'released', name, mode, sessionId, owner, token, holds }],
    };
  }

  private renew(command: RenewCommand, context: EntryContext): Transition<RenewResult> {
    const lock = this.locks.get(command.name);
    const held = heldBy(lock, command);
    if (lock === undefined || held === undefined) return NOT_HOLDER;
    const holder = { ...held, ...leaseFrom(command.ttlMs ?? held.ttlMs, context) };
    this.write({ ...lock, holders: [holder] });
    const { name, mode } = lock;
    const { sessionId, owner, token, ttlMs, leaseIndex } = holder;
    return {
      result: { status: 'renewed', ...holdOf(mode, holder) },
      remember: true,
      effects: [{ kind: 'renewed', name, mode, sessionId, owner, token, ttlMs, leaseIndex }],
    };
  }

  /**
   * Ends the leases that are still the ones the leader found due.
   *
   * An expiry of another term is void: a new leader gave every lease its full length again. One
   * that was overtaken in the log, by a re-entrant acquire or a renewal with another length, is
   * void for that lease: its holder was answered after the leader had found it due.
   */
  private expire(command: ExpireCommand, context: EntryContext): Transition<Expired> {
    const effects: LockEffect[] = [];
    for (const due of command.term === context.term ? command.leases : []) {
      const lock = this.locks.get(due.name);
      const held = lock?.holders.find(
        ({ token, leaseIndex }) => token === due.token && leaseIndex === due.leaseIndex,
      );
      if (lock === undefined || held === undefined) continue;
      this.remove(lock);
      const { name, mode } = lock;
      const { sessionId, owner, token } = held;
      effects.push({ kind: 'expired', name, mode, sessionId, owner, token });
    }
    return { result: { status: 'expired', ended: effects.length }, remember: true, effects };
  }

  private nextToken(): number {
    invariant(this.lastToken < TOKEN_MAX, 'LockTable: lastToken < TOKEN_MAX', {
      lastToken: this.lastToken,
    });
    this.lastToken += 1;
    const record = this.codec.encode({ lastToken: this.lastToken });
    this.boundTables().put(COUNTER, TOKEN, record);
    return this.lastToken;
  }

  private write(lock: Lock): void {
    validateLock(lock);
    this.boundTables().put(LOCKS, lock.name, this.codec.encode(lockRecord(lock)));
    if (!this.locks.has(lock.name)) this.names.add(lock.name);
    this.locks.set(lock.name, lock);
  }

  private remove(lock: Lock): void {
    this.boundTables().remove(LOCKS, lock.name);
    this.names.remove(lock.name);
    this.locks.delete(lock.name);
  }

  private boundTables(): RecordTables {
    invariant(this.tables !== undefined, 'LockTable: open before apply');
    return this.tables;
  }
}

const NOT_HOLDER = {
  result: { status: 'not-holder' },
  remember: true,
  effects: [],
} as const;

function leaseFrom(
  ttlMs: number,
  context: EntryContext,
): Pick<Holder, 'ttlMs' | 'leaseIndex' | 'expiresAtMs'> {
  const expiresAtMs = Math.floor(context.logTimeMs) + ttlMs;
  return { ttlMs, leaseIndex: context.index, expiresAtMs };
}

function holdOf(mode: Lock['mode'], holder: Holder): Hold {
  const { token, holds, ttlMs, expiresAtMs } = holder;
  return { mode, token, holds, ttlMs, expiresAtMs };
}
