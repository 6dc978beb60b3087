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
import { acquire } from './reference-acquire.js';
import { Changes } from './reference-changes.js';
import type { Hold } from './reference-state.js';
import { ReferenceState } from './reference-state.js';

/** What one command did to the reference. */
export interface ReferenceOutcome {
  readonly result: LockResult;
  readonly changes: Changes;
}

/**
 * The lock table, slowly and at once: every rule as it is written, by loops over arrays. No index,
 * no mark, no bound: whatever a command calls for is done when it returns.
 */
export class ReferenceTable {
  readonly state = new ReferenceState();

  /**
   * @param nextWaiterId the number that a request gets which begins to wait now. Which numbers
   * waiters get is free as long as they ascend.
   */
  apply(command: LockCommand, context: TableContext, nextWaiterId: number): ReferenceOutcome {
    const changes = new Changes(this.state, context);
    const result = this.resultOf(command, changes, nextWaiterId);
    return { result, changes };
  }

  closeProposer(proposer: string, context: TableContext): Changes {
    const changes = new Changes(this.state, context);
    for (const waiter of [...this.state.waiters]) {
      if (!waiter.proposers.includes(proposer)) continue;
      waiter.proposers = waiter.proposers.filter((other) => other !== proposer);
      if (waiter.proposers.length === 0) changes.remove(waiter);
    }
    changes.pump();
    return changes;
  }

  private resultOf(command: LockCommand, changes: Changes, nextWaiterId: number): LockResult {
    switch (command.kind) {
      case 'acquire':
        return acquire(command, changes, nextWaiterId);
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
    changes.pump();
    return { status: 'released', locks: left };
  }

  private renew({ owner, locks, ttlMs }: RenewCommand, { context }: Changes): LockResult {
    const missing = locks.find((claim) => this.claimed(owner, claim) === undefined);
    if (missing !== undefined) return { status: 'not-holder', ...missing };
    const grants = locks.flatMap((claim) => {
      const hold = this.claimed(owner, claim);
      if (hold === undefined) return [];
      const session = hold.sessionId === null ? undefined : this.state.session(hold.sessionId);
      if (session === undefined) hold.ttlMs = ttlMs ?? hold.ttlMs;
      const lease = session ?? hold;
      lease.leaseIndex = context.index;
      lease.expiresAtMs = context.logTimeMs + lease.ttlMs;
      return [this.state.grantOf(hold)];
    });
    return { status: 'renewed', locks: grants };
  }

  private cancel({ waiterId, release }: CancelCommand, changes: Changes): LockResult {
    const { proposer } = changes.context;
    if (proposer === null) return { status: 'gone' };
    const waiter = this.state.waiters.find(({ id }) => id === waiterId);
    if (waiter !== undefined) {
      if (!waiter.proposers.includes(proposer)) return { status: 'gone' };
      waiter.proposers = waiter.proposers.filter((other) => other !== proposer);
      if (waiter.proposers.length === 0) changes.remove(waiter);
      changes.pump();
      return { status: 'cancelled' };
    }
    const granted = this.state.holds.filter((hold) => {
      return hold.waits.some((wait) => wait.waiterId === waiterId);
    });
    const wait = granted[0]?.waits.find((other) => other.waiterId === waiterId);
    if (wait === undefined || !wait.proposers.includes(proposer)) return { status: 'gone' };
    if (!release || wait.remembered) {
      return { status: 'granted', locks: granted.map((hold) => this.state.grantOf(hold)) };
    }
    for (const hold of granted) changes.giveBackWait(hold, waiterId, 'cancelled');
    changes.pump();
    return { status: 'released' };
  }

  private breakLock(name: string, changes: Changes): LockResult {
    const holds = this.state.holdsOf(name);
    if (holds.length === 0 && !this.state.isDelayed(name)) return { status: 'free' };
    for (const hold of holds) changes.end(hold, 'broken');
    changes.endDelay(name);
    changes.pump();
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
    changes.pump();
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
    changes.pump();
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
    changes.pump();
    return { status: 'abandoned', released };
  }
}
