import type { Grant } from '@sinkron/locking';
import type { ClientChecks } from '../checks/client-checks.js';
import { holdLease, sessionLease } from '../invariants/clients/mutual-exclusion.js';
import { partyOf } from '../checks/lock-picture.js';
import type { HeldLock, Operation, Order } from './operation.js';

type Leased = Extract<Order, { kind: 'acquire' | 'renew' }>;

/** What a client hopes that it holds, told to the checks as it changes. */
export class ClientHoldings {
  private _holds: readonly HeldLock[] = [];
  private session: { readonly sessionId: string; readonly ttlMs: number } | null = null;

  constructor(
    private readonly owner: string,
    private readonly checks: ClientChecks,
  ) {}

  get holds(): readonly HeldLock[] {
    return this._holds;
  }

  get sessionId(): string | null {
    return this.session?.sessionId ?? null;
  }

  /** It is about to ask: from here on it relies on less. */
  asks(operation: Operation): void {
    const { order, id, askedAtUs } = operation;
    const { exclusion } = this.checks;
    switch (order.kind) {
      case 'release':
        for (const { name, sessionId } of order.locks) {
          exclusion.givesBack(name, this.party(sessionId));
          this.drop(name, sessionId);
        }
        return;
      case 'end-session':
        return this.sessionEnded(order.sessionId);
      case 'acquire':
      case 'renew': {
        const { ttlMs } = order;
        if (ttlMs === null) return;
        for (const lease of this.ownLeases(order)) {
          exclusion.asked({ operation: id, lease, ttlMs, fromUs: askedAtUs });
        }
        return;
      }
      case 'get':
      case 'break':
      case 'create-session':
      case 'keep-alive':
    }
  }

  /** It hears that it holds these locks. @param more whether by one more grant of each. */
  granted(
    { id, order }: Operation & { readonly order: Leased },
    grants: readonly Grant[],
    told: { readonly more: boolean; readonly fromUs: number; readonly nowUs: number },
  ): void {
    const { exclusion } = this.checks;
    const { more, fromUs, nowUs } = told;
    for (const { name, mode, token, ttlMs } of grants) {
      const sessionId = sessionOf(order, name);
      const party = this.party(sessionId);
      const lease = leaseName(name, sessionId, this.owner);
      const own = sessionId === null || order.kind === 'renew';
      const leased = own ? { operation: id, lease, ttlMs, fromUs } : null;
      exclusion.holds({ lock: name, party, lease, token, mode }, more, leased, nowUs);
      this.drop(name, sessionId);
      this._holds = [...this._holds, { name, token, mode, sessionId, ttlMs }];
    }
  }

  /** The operation ended without a lease. */
  notGranted({ id, order }: Operation): void {
    if (order.kind !== 'acquire' && order.kind !== 'renew') return;
    for (const lease of this.ownLeases(order)) this.checks.exclusion.refused(id, lease);
  }

  /** It hears that it does not hold a lock. */
  notHolder(name: string, token: number): void {
    for (const hold of this._holds) {
      if (hold.name !== name || hold.token !== token) continue;
      this.checks.exclusion.ended(name, this.party(hold.sessionId));
      this.drop(name, hold.sessionId);
    }
  }

  sessionAlive(
    operation: number,
    sessionId: string,
    ttlMs: number,
    at: { fromUs: number; nowUs: number },
  ): void {
    const lease = sessionLease(sessionId);
    this.session = { sessionId, ttlMs };
    const { fromUs, nowUs } = at;
    this.checks.exclusion.leased({ operation, lease, ttlMs, fromUs }, nowUs);
  }

  sessionEnded(sessionId: string): void {
    this.checks.exclusion.leaseEnded(sessionLease(sessionId));
    this._holds = this._holds.filter((hold) => hold.sessionId !== sessionId);
    if (this.session?.sessionId === sessionId) this.session = null;
  }

  private ownLeases(order: Leased): readonly string[] {
    return order.locks
      .filter(({ name }) => sessionOf(order, name) === null)
      .map(({ name }) => leaseName(name, null, this.owner));
  }

  private drop(name: string, sessionId: string | null): void {
    this._holds = this._holds.filter((hold) => {
      return hold.name !== name || hold.sessionId !== sessionId;
    });
  }

  private party(sessionId: string | null): string {
    return partyOf({ sessionId, owner: this.owner });
  }
}

function sessionOf(order: Leased, name: string): string | null {
  if (order.kind === 'acquire') return order.sessionId;
  return order.locks.find((lock) => lock.name === name)?.sessionId ?? null;
}

function leaseName(lock: string, sessionId: string | null, owner: string): string {
  return sessionId === null ? holdLease(lock, owner) : sessionLease(sessionId);
}
