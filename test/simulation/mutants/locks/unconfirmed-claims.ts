import type { Instant, LeaderDuties } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import { commandKind } from '../../workload/lock-protocol.js';
import { TamperedDuties } from './tampered-duties.js';
import { TamperedMachine, type TamperedRecord } from './tampered-machine.js';

interface AskedClaim {
  readonly waiterId: number;
}

/** Tells who asks what the tables say, and keeps nothing in mind. */
class UnconfirmedClaims extends TamperedDuties {
  constructor(
    inner: LeaderDuties<LockEffect>,
    private readonly holds: () => readonly TamperedRecord[],
  ) {
    super(inner);
  }

  override request(request: unknown, instant: Instant): unknown {
    if (commandKind(request) !== 'claim') return super.request(request, instant);
    const { claims }: { claims: readonly AskedClaim[] } = Object(request);
    const answers = claims.map((claim) => this.grantOf(claim.waiterId) ?? this.ask(claim, instant));
    return { status: 'claims', claims: answers };
  }

  private ask(claim: AskedClaim, instant: Instant): unknown {
    const { claims }: { claims: readonly unknown[] } = Object(
      super.request({ kind: 'claim', claims: [claim] }, instant),
    );
    return claims[0];
  }

  /** The grant of a single lock with a lease of its own. */
  private grantOf(waiterId: number): unknown {
    for (const { fields } of this.holds()) {
      const { waiters, name, mode, token, holds, ttlMs, expiresAtMs } = fields;
      const made = Array.isArray(waiters) && waiters.some((waiter) => waiter.waiterId === waiterId);
      if (!made || ttlMs === undefined) continue;
      const grant = { name, mode, token, holds, ttlMs, expiresAtMs };
      return { waiterId, outcome: 'granted', locks: [grant] };
    }
    return null;
  }
}

/** A claim is believed although the leader has not begun the lease with it. */
export class UnconfirmingMachine extends TamperedMachine {
  private readonly unconfirmed = new UnconfirmedClaims(this.inner.duties, () =>
    this.records('holds'),
  );

  override get duties(): LeaderDuties<LockEffect> {
    return this.unconfirmed;
  }
}
