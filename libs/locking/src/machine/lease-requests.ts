import type { Instant } from '@sinkron/consensus';
import { unreachable } from '@sinkron/invariant';
import type {
  Claim,
  ClaimRequest,
  Claims,
  KeepAlive,
  KeepAliveRequest,
  LeaseRenewal,
  LockRequest,
  RenewRequest,
} from '../core/commands/lock-request.js';
import type { Grant } from '../core/commands/lock-result.js';
import { leaseOf, sessionLease, type LockLeases } from '../core/leases/lock-leases.js';
import type { UnclaimedGrants } from '../core/leases/unclaimed-grants.js';
import type { LockTable } from '../core/table/lock-table.js';

type LivingHold = NonNullable<ReturnType<LockTable['liveHold']>>;

/**
 * Answers from the leader's memory, without a log entry. The caller has checked the leader's lease.
 *
 * A lease that is due is renewed by none of them: its expiry is being decided.
 */
export class LeaseRequests {
  constructor(
    private readonly table: LockTable,
    private readonly leases: LockLeases,
    private readonly unclaimed: UnclaimedGrants,
  ) {}

  answer(request: LockRequest, instant: Instant): LeaseRenewal | KeepAlive | Claims {
    switch (request.kind) {
      case 'renew':
        return this.renew(request, instant);
      case 'keepalive':
        return this.keepAlive(request, instant);
      case 'claim':
        return this.claim(request, instant);
      default:
        return unreachable(request);
    }
  }

  /** Begins all the leases anew or none; a hold within a session lives by the session's. */
  private renew({ owner, locks, ttlMs }: RenewRequest, instant: Instant): LeaseRenewal {
    const holds: LivingHold[] = [];
    for (const { name, token } of locks) {
      const hold = this.table.liveHold(owner, { name, token });
      if (hold === undefined) return { status: 'not-holder', name, token };
      holds.push(hold);
    }
    const differs = holds.some((hold) => hold.sessionId === null && hold.ttlMs !== ttlMs);
    if (ttlMs !== null && differs) return { status: 'ttl-differs' };
    const grants = this.renewAll(holds, instant);
    return grants === 'expiring' ? { status: grants } : { status: 'renewed', locks: grants };
  }

  private keepAlive({ sessionId }: KeepAliveRequest, instant: Instant): KeepAlive {
    const session = this.table.session(sessionId);
    if (session === undefined) return { status: 'session-not-found' };
    const lease = sessionLease(sessionId, session);
    if (this.leases.isExpiring(lease, instant.monotonicMs)) return { status: 'expiring' };
    this.leases.renew(lease, instant.monotonicMs);
    const { ttlMs } = session;
    return { status: 'alive', ttlMs, expiresAtMs: Math.floor(instant.wallMs) + ttlMs };
  }

  private claim({ claims }: ClaimRequest, instant: Instant): Claims {
    const answers = claims.map(({ waiterId, proposer }): Claim => {
      const waiter = this.table.waiter(waiterId);
      if (waiter !== undefined) {
        const outcome = waiter.proposers.includes(proposer) ? 'waiting' : 'gone';
        return { waiterId, outcome };
      }
      const holds = this.table.grantsOf(waiterId);
      if (holds.length === 0 || !this.unclaimed.claimable(waiterId, proposer)) {
        return { waiterId, outcome: 'gone' };
      }
      // Its holder learns of the grant only now: from here it has the whole lease.
      const grants = this.renewAll(holds, instant);
      if (grants === 'expiring') return { waiterId, outcome: 'waiting' };
      this.unclaimed.forget(waiterId);
      return { waiterId, outcome: 'granted', locks: grants };
    });
    return { status: 'claims', claims: answers };
  }

  private renewAll(holds: readonly LivingHold[], instant: Instant): readonly Grant[] | 'expiring' {
    const { monotonicMs, wallMs } = instant;
    if (holds.some((hold) => this.leases.isExpiring(leaseOf(hold), monotonicMs))) {
      return 'expiring';
    }
    return holds.map((hold) => {
      this.leases.renew(leaseOf(hold), monotonicMs);
      const { name, mode, token, holds: count, ttlMs } = hold;
      return { name, mode, token, holds: count, ttlMs, expiresAtMs: Math.floor(wallMs) + ttlMs };
    });
  }
}
