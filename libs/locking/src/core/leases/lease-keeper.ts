import { Heap } from '@sinkron/heap';
import { invariant } from '@sinkron/invariant';
import { isDueBefore, type Deadlined } from './deadlined.js';

/** `expiring`: due, so that only the outcome of its expiry says what becomes of it. */
export type LeaseState = 'living' | 'expiring' | 'unknown';

/** Which lease, as its expiry will name it. */
export interface LeaseIdentity {
  readonly id: string | number;
  /** The entry that gave the lease its present length; a later one makes the expiry void. */
  readonly leaseIndex: number;
}

interface KeptLease<Identity extends LeaseIdentity> extends Deadlined {
  identity: Identity;
  ttlMs: number;
  /** An expiry is proposed and not yet decided; nothing but its outcome ends this. */
  expiring: boolean;
}

/**
 * The leader's memory of when leases end. Volatile: the replicated state knows lengths only.
 *
 * A deadline is compared with the monotonic clock whenever something depends on it, never counted
 * down by ticks, so a leader that was stopped wakes with the truth. From the moment a lease is
 * due until its expiry is decided no renewal is answered: a holder told `renewed` while the
 * expiry is in flight would believe in a dead lease.
 *
 * Invariant: a lease is in the heap exactly while it is not expiring.
 */
export class LeaseKeeper<Identity extends LeaseIdentity> {
  private readonly leases = new Map<Identity['id'], KeptLease<Identity>>();
  private readonly heap = new Heap<KeptLease<Identity>>(isDueBefore);

  get size(): number {
    return this.leases.size;
  }

  /** Begins a lease at full length, or begins it anew with another length or entry. */
  start(identity: Identity, { ttlMs, nowMs }: { ttlMs: number; nowMs: number }): void {
    const { id, leaseIndex } = identity;
    invariant(ttlMs > 0, 'LeaseKeeper: ttlMs > 0', { id, ttlMs });
    const kept = this.leases.get(id);
    if (kept === undefined) {
      const added = { identity, ttlMs, expiring: false, heapIndex: -1, deadlineMs: 0 };
      this.leases.set(id, added);
      this.schedule(added, nowMs + ttlMs);
      return;
    }
    const before = kept.identity.leaseIndex;
    invariant(leaseIndex >= before, 'LeaseKeeper: leaseIndex never falls', {
      id,
      before,
      after: leaseIndex,
    });
    kept.identity = identity;
    kept.ttlMs = ttlMs;
    kept.expiring = false;
    this.schedule(kept, nowMs + ttlMs);
  }

  state(id: Identity['id'], nowMs: number): LeaseState {
    const lease = this.leases.get(id);
    if (lease === undefined) return 'unknown';
    return lease.expiring || lease.deadlineMs <= nowMs ? 'expiring' : 'living';
  }

  /** Extends a lease by its full length, if it is living. @returns its state before. */
  renew(id: Identity['id'], nowMs: number): LeaseState {
    const lease = this.leases.get(id);
    if (lease === undefined) return 'unknown';
    if (lease.expiring || lease.deadlineMs <= nowMs) return 'expiring';
    this.schedule(lease, nowMs + lease.ttlMs);
    return 'living';
  }

  /** Forgets a lease that ended in the replicated state. */
  end(id: Identity['id']): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    if (!lease.expiring) this.heap.remove(lease);
    this.leases.delete(id);
  }

  /** Marks up to `countMax` due leases as expiring, the longest due first, and returns them. */
  takeDue(nowMs: number, countMax: number): readonly Identity[] {
    const due: Identity[] = [];
    while (due.length < countMax) {
      const lease = this.heap.first;
      if (lease === undefined || lease.deadlineMs > nowMs) break;
      this.heap.remove(lease);
      lease.expiring = true;
      due.push(lease.identity);
    }
    return due;
  }

  /** The expiry of `due` will not happen: it is due again, and the next `takeDue` returns it. */
  refused(due: LeaseIdentity): void {
    const lease = this.leases.get(due.id);
    if (lease === undefined || !lease.expiring) return;
    if (lease.identity.leaseIndex !== due.leaseIndex) return;
    lease.expiring = false;
    this.heap.add(lease);
  }

  /** Milliseconds until the lease is due, 0 when it is; undefined when there is none. */
  remainingMs(id: Identity['id'], nowMs: number): number | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) return undefined;
    return lease.expiring ? 0 : Math.max(0, lease.deadlineMs - nowMs);
  }

  clear(): void {
    this.heap.clear();
    this.leases.clear();
  }

  validate(): void {
    let scheduled = 0;
    for (const lease of this.leases.values()) {
      invariant(
        lease.expiring === (lease.heapIndex === -1),
        'LeaseKeeper: a lease is in the heap exactly while it is not expiring',
        { id: lease.identity.id },
      );
      if (!lease.expiring) scheduled += 1;
    }
    invariant(scheduled === this.heap.size, 'LeaseKeeper: the heap holds living leases only', {
      scheduled,
      heap: this.heap.size,
    });
  }

  private schedule(lease: KeptLease<Identity>, deadlineMs: number): void {
    if (lease.heapIndex !== -1) this.heap.remove(lease);
    lease.deadlineMs = deadlineMs;
    this.heap.add(lease);
  }
}
