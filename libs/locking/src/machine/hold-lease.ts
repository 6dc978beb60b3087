import { invariant } from '@sinkron/invariant';
import { holdLease, sessionLease, type Lease } from '../core/leases/lock-leases.js';
import type { LockTable } from '../core/table/lock-table.js';

/** A hold that has not ended, as the table knows it. */
export type LivingHold = NonNullable<ReturnType<LockTable['liveHold']>>;

/** The lease that a hold lives by: its own, or that of its session. */
export function leaseOf(hold: LivingHold, table: LockTable): Lease {
  const { holdId, sessionId } = hold;
  if (sessionId === null) return holdLease(hold);
  const session = table.session(sessionId);
  invariant(session !== undefined, 'LockTable: a living hold of a session has a living session', {
    holdId,
    sessionId,
  });
  return sessionLease(session);
}
