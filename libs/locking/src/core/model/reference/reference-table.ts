import { unreachable } from '@sinkron/invariant';
import type {
  AbandonCommand,
  CancelCommand,
  CreateSessionCommand,
  ExpireCommand,
  LockCommand,
  ReleaseCommand,
  RenewCommand,
} from '../../commands/lock-command.js';
import type { ClaimedHold } from '../../commands/holder.js';
import type { LockResult } from '../../commands/lock-result.js';
import type { TableContext } from '../../table/ports.js';
import type { Choices } from './choices.js';
import { acquire } from './reference-acquire.js';
import { Changes } from './reference-changes.js';
import type { Hold } from './reference-state.js';
import { ReferenceState } from './reference-state.js';

/** What one command did to the reference. */
export interface ReferenceOutcome {
  /** Null for the close of a proposer. */
  readonly result: LockResult | null;
  readonly changes: Changes;
  readonly after: ReferenceTable;
}

/**
 * The lock table, slowly and at once: every rule as it is written, by loops over arrays. No index,
 * no mark, no bound: whatever a command calls for is done when it returns.
 */
export class ReferenceTable {
  constructor(readonly state = new ReferenceState()) {}

  /** Applies one command to a copy, with these choices where the rules leave one. */
  applied(command: LockCommand, context: TableContext, choices: Choices): ReferenceOutcome {
    const after = new ReferenceTable(this.state.copy());
    const changes = new Changes(after.state, context, choices);
    const result = after.resultOf(command, changes);
    changes.finish();
    return { result, changes, after };
  }

  proposerClosed(proposer: string, context: TableContext, choices: Choices): ReferenceOutcome {
    const after = new ReferenceTable(this.state.copy());
    const changes = new Changes(after.state, context, choices);
    for (const waiter of after.state.waiters) {
      if (!waiter.proposers.includes(proposer)) continue;
      waiter.proposers = waiter.proposers.filter((other) => other !== proposer);
      if (waiter.proposers.length === 0) changes.remove(waiter);
    }
    // A closing cannot answer Idempotency-Keys, so all its grants are made by a sweep.
    changes.sortTouched();
    changes.finish();
    return { result: null, changes, after };
  }

  private resultOf(command: LockCommand, changes: Changes): LockResult {
    switch (command.kind) {
      case 'acquire':
        return acquire(command, changes);
      case 'release':
        return this.release(command, changes);
      case 'renew':
        return this.renew(command, changes);
      case 'cancel':
        return this.cancel(command, changes);
      case 'break':
        return this.breakLock(command.name, changes);
      case 'create-session':
        return this.createSession(command, changes.context);
      case 'end-session':
        return this.endSession(command.sessionId, changes);
      case 'expire':
        return this.expire(command, changes);
      case 'abandon':
        return this.abandon(command, changes);
      case 'sweep':
        return { status: 'swept', more: false };
      default:
        return unreachable(command);
    }
  }

  private claimed(owner: string, { name, token }: ClaimedHold): Hold | undefined {
    return this.state.holdsOf(name).find((hold) => {
      return hold.owner === owner && (hold.token === token || hold.olderToken === token);
    });
  }

  private release({ owner, locks }: ReleaseCommand, changes: Changes): LockResult {
    const missing = locks.find((claim) => this.claimed(owner, claim) === undefined);
    if (missing !== undefined) return { status: 'not-holder', ...missing };
    const left: { name: string; holds: number }[] = [];
    for (const claim of locks) {
      const hold = this.claimed(owner, claim);
      if (hold === undefined) continue;
      changes.giveBack(hold, 'released');
      left.push({ name: hold.name, holds: hold.holds });
    }
    return { status: 'released', locks: left };
  }

  private renew({ owner, locks, ttlMs }: RenewCommand, changes: Changes): LockResult {
    const missing = locks.find((claim) => this.claimed(owner, claim) === undefined);
    if (missing !== undefined) return { status: 'not-holder', ...missing };
    const holds = locks.flatMap((claim) => this.claimed(owner, claim) ?? []);
    for (const hold of holds) changes.renew(hold, ttlMs);
    return { status: 'renewed', locks: holds.map((hold) => this.state.grantOf(hold)) };
  }

  private cancel({ waiterId, release }: CancelCommand, changes: Changes): LockResult {
    const { proposer } = changes.context;
    if (proposer === null) return { status: 'gone' };
    const waiter = this.state.waiters.find(({ id }) => id === waiterId);
    if (waiter !== undefined) {
      if (!waiter.proposers.includes(proposer)) return { status: 'gone' };
      waiter.proposers = waiter.proposers.filter((other) => other !== proposer);
      if (waiter.proposers.length === 0) changes.remove(waiter);
      return { status: 'cancelled' };
    }
    const granted = this.state.holds.filter((hold) => {
      return hold.waits.some((wait) => wait.waiterId === waiterId);
    });
    const wait = granted[0]?.waits.find((other) => other.waiterId === waiterId);
    if (wait === undefined || !wait.proposers.includes(proposer)) return { status: 'gone' };
    if (!release || wait.remembered) {
      // Its holder learns of the grant only now.
      for (const hold of granted) changes.renew(hold, null);
      for (const hold of granted) this.beginLease(hold, changes.context);
      return { status: 'granted', locks: granted.map((hold) => this.state.grantOf(hold)) };
    }
    for (const hold of granted) changes.giveBackWait(hold, waiterId, 'cancelled');
    return { status: 'released' };
  }

  /** The hold's own lease, or that of its session. */
  private beginLease(hold: Hold, context: TableContext): void {
    const session = hold.sessionId === null ? undefined : this.state.session(hold.sessionId);
    const lease = session ?? hold;
    lease.leaseIndex = context.index;
    lease.expiresAtMs = context.logTimeMs + lease.ttlMs;
  }

  private breakLock(name: string, changes: Changes): LockResult {
    const holds = this.state.holdsOf(name);
    if (holds.length === 0 && !this.state.isDelayed(name)) return { status: 'free' };
    for (const hold of holds) changes.end(hold, 'broken');
    changes.endDelay(name);
    return { status: 'broken' };
  }

  private createSession(command: CreateSessionCommand, context: TableContext): LockResult {
    const { sessionId, ttlMs, lockDelayMs, name } = command;
    if (this.state.session(sessionId) !== undefined) return { status: 'exists' };
    const expiresAtMs = context.logTimeMs + ttlMs;
    const leaseIndex = context.index;
    this.state.sessions.push({ sessionId, ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs });
    return { status: 'created', ttlMs, expiresAtMs };
  }

  private endSession(sessionId: string, changes: Changes): LockResult {
    if (this.state.session(sessionId) === undefined) return { status: 'session-not-found' };
    changes.endSession(sessionId, 'session');
    return { status: 'ended' };
  }

  private expire({ term, leases }: ExpireCommand, changes: Changes): LockResult {
    if (term !== changes.context.term) return { status: 'expired', ended: 0 };
    const { state } = this;
    let ended = 0;
    for (const lease of leases) {
      if (lease.kind === 'hold') {
        const hold = state.holds.find(({ id }) => id === lease.holdId);
        if (hold?.sessionId !== null || hold.leaseIndex !== lease.leaseIndex) continue;
        changes.end(hold, 'expired');
      } else if (lease.kind === 'session') {
        if (state.session(lease.sessionId)?.leaseIndex !== lease.leaseIndex) continue;
        changes.endSession(lease.sessionId, 'expired');
      } else {
        const delay = state.delays.find(({ name }) => name === lease.name);
        if (delay?.leaseIndex !== lease.leaseIndex) continue;
        changes.endDelay(lease.name);
      }
      ended += 1;
    }
    return { status: 'expired', ended };
  }

  private abandon({ term, waiters }: AbandonCommand, changes: Changes): LockResult {
    if (term !== changes.context.term) return { status: 'abandoned', released: 0 };
    let released = 0;
    for (const waiterId of waiters) {
      const granted = this.state.holds.filter((hold) => {
        return hold.waits.some((wait) => wait.waiterId === waiterId);
      });
      for (const hold of granted) changes.giveBackWait(hold, waiterId, 'abandoned');
      if (granted.length > 0) released += 1;
    }
    return { status: 'abandoned', released };
  }
}
