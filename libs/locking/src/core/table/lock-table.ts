import { invariant, unreachable } from '@sinkron/invariant';
import type { ClaimedHold } from '../commands/holder.js';
import type { LockCommand } from '../commands/lock-command.js';
import type { LockEffect } from '../commands/lock-effect.js';
import { DeadlockSearch } from '../graph/deadlock-search.js';
import { validateAcyclic, waitForEdges, type GraphEdges } from '../graph/wait-for-graph.js';
import { Change } from './change.js';
import { detachAll } from './ending/close-proposer.js';
import { hasWork, mayHaveWork, sweep } from './ending/sweep.js';
import { finish } from './granting/pump.js';
import type { RecordCodec, RecordTables, TableContext, Transition } from './ports.js';
import { LockRecords } from './records/lock-records.js';
import type { Hold } from './state/hold.js';
import type { Lock, LockDelay } from './state/lock.js';
import { LockMemory } from './state/lock-memory.js';
import type { LockState } from './state/lock-state.js';
import { rebuild } from './state/rebuild.js';
import type { Session } from './state/session.js';
import { validateMemory } from './state/validate-memory.js';
import type { Waiter } from './state/waiter.js';
import { acquire } from './steps/acquire.js';
import { breakLock } from './steps/break-lock.js';
import { abandon, cancel } from './steps/cancel.js';
import { expire } from './steps/expire.js';
import { provenHold, release, renew } from './steps/release.js';
import { createSession, deleteSession } from './steps/sessions.js';
import { stateOf } from './state/view.js';

/** A rest of a lock, as its lease is kept. */
export interface DelayedLock extends LockDelay {
  readonly name: string;
}

/**
 * All locks of the cluster: the deterministic part, the same on every replica.
 *
 * The tables hold the truth; the memory is rebuilt from them by `open` and answers the same then.
 * Tokens come from one counter for all locks: a counter per lock would have to outlive the lock,
 * and one forgotten with the idle lock would begin again below a token that a slow client holds.
 *
 * Exclusive and shared, re-entrant, first in first out; requests for several locks at once; holds
 * with leases of their own or in sessions. Whatever a single command could not do within
 * RECORDS_PER_COMMAND_MAX records it marks, and sweeps do it (`workLeft`).
 */
export class LockTable {
  private readonly search = new DeadlockSearch();
  private memory = new LockMemory();
  private records: LockRecords | undefined;

  constructor(private readonly codec: RecordCodec) {}

  /**
   * Binds the tables and rebuilds the memory from them.
   *
   * @throws MalformedValue or InvariantViolation when a record is not one that this class wrote.
   */
  open(tables: RecordTables): void {
    const rereading = this.reread(tables);
    let step = rereading.next();
    while (step.done !== true) step = rereading.next();
    step.value();
  }

  /**
   * Does the same in steps, for tables that replace the present ones as a whole: until what it returns
   * is called, the table answers as before.
   *
   * @throws as `open`.
   */
  *reread(tables: RecordTables): Generator<undefined, () => void> {
    const records = new LockRecords(this.codec, tables);
    const memory = yield* rebuild(records);
    return () => {
      this.records = records;
      this.memory = memory;
    };
  }

  /** Applies one committed command. */
  apply(command: LockCommand, context: TableContext): Transition {
    const change = this.change(context);
    switch (command.kind) {
      case 'acquire':
        return acquire(change, command);
      case 'release':
        return release(change, command);
      case 'renew':
        return renew(change, command);
      case 'cancel':
        return cancel(change, command);
      case 'break':
        return breakLock(change, command);
      case 'create-session':
        return createSession(change, command);
      case 'end-session':
        return deleteSession(change, command);
      case 'expire':
        return expire(change, command);
      case 'abandon':
        return abandon(change, command);
      case 'sweep':
        sweep(change);
        return change.transition({ status: 'swept', more: hasWork(this.memory) }, false);
      default:
        return unreachable(command);
    }
  }

  /**
   * Takes the waiters of a proposer that is gone out of their queues. Whom that lets through is
   * granted by the next sweep, whose grants answer Idempotency-Keys, which this cannot.
   */
  closeProposer(proposer: string, context: TableContext): readonly LockEffect[] {
    const change = this.change(context);
    detachAll(change, proposer);
    change.exhausted = true;
    finish(change);
    return change.effects;
  }

  /** Whether a sweep is called for. It may then find nothing to do. */
  get workLeft(): boolean {
    return mayHaveWork(this.memory);
  }

  /** Living holds. */
  get holdsCount(): number {
    return this.memory.liveHoldCount;
  }

  get waitersCount(): number {
    return this.memory.waiters.size;
  }

  get sessionsCount(): number {
    return this.memory.liveSessionCount;
  }

  /** The lock as it is now; undefined when nobody holds it or waits for it and it does not rest. */
  lock(name: string): LockState | undefined {
    const lock = this.memory.locks.get(name);
    return lock !== undefined && this.isVisible(lock) ? stateOf(this.memory, lock) : undefined;
  }

  /** The names of such locks that begin with `prefix` and come after `after`, in byte order. */
  *listed(prefix: string, after: string | null): Generator<string, void, undefined> {
    for (const name of this.memory.names.listed(prefix, after)) {
      const lock = this.memory.locks.get(name);
      if (lock !== undefined && this.isVisible(lock)) yield name;
    }
  }

  /** A living hold by its first token. */
  hold(holdId: number): Hold | undefined {
    const hold = this.memory.holds.get(holdId);
    return hold === undefined || hold.dead ? undefined : hold;
  }

  /** The living holds in the order of their ids. */
  *holds(): Generator<Hold, void, undefined> {
    for (const hold of this.memory.holds.values()) if (!hold.dead) yield hold;
  }

  /** The living hold that the owner proves by its token, the newest or the one before an upgrade. */
  liveHold(owner: string, claimed: ClaimedHold): Hold | undefined {
    return provenHold(this.memory, owner, claimed);
  }

  /** A request that waits. */
  waiter(waiterId: number): Waiter | undefined {
    return this.memory.waiters.get(waiterId);
  }

  /** The living holds that the waiter's grant made or added to. */
  grantsOf(waiterId: number): readonly Hold[] {
    return this.memory.grantsOf(waiterId);
  }

  /** A living session. */
  session(id: string): Session | undefined {
    const session = this.memory.sessions.get(id);
    return session?.ended === null ? session : undefined;
  }

  /** The living sessions after `after` (null: from the first) in byte order of their ids. */
  *sessions(after: string | null): Generator<Session, void, undefined> {
    for (const id of this.memory.sessionIds.listed('', after)) {
      const session = this.session(id);
      if (session !== undefined) yield session;
    }
  }

  /** Holds of a living session. */
  sessionLockCount(id: string): number {
    let count = 0;
    for (const hold of this.session(id)?.holds ?? []) if (!hold.dead) count += 1;
    return count;
  }

  *delays(): Generator<DelayedLock, void, undefined> {
    for (const { name, delay } of this.memory.delayed) {
      if (delay !== null) yield { name, ...delay };
    }
  }

  /** The first `limit` edges of the reduced wait-for graph. */
  edges(limit: number): GraphEdges {
    return waitForEdges(this.memory.waiters.values(), limit);
  }

  /** Checks everything against everything. For tests: it looks at all that is there. */
  validate(): void {
    validateMemory(this.memory);
    validateAcyclic(this.memory.waiters.values());
  }

  /** Records that the last command wrote or removed. */
  get recordsTouched(): number {
    return this.records?.touched ?? 0;
  }

  /** Edges of the wait-for graph that all searches so far have met: their cost in steps. */
  get edgesMet(): number {
    return this.search.edgesMet;
  }

  private isVisible(lock: Lock): boolean {
    if (lock.queue !== null || this.memory.isDelayed(lock)) return true;
    return lock.liveHolds().next().done !== true;
  }

  private change(context: TableContext): Change {
    invariant(this.records !== undefined, 'LockTable: open before apply');
    return new Change(this.memory, this.records, this.search, context);
  }
}
