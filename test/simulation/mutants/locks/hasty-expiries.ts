import type { Instant, LeaderDuties, Term } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import { commandKind } from '../../workload/lock-protocol.js';
import { TamperedDuties } from './tampered-duties.js';
import { TamperedMachine } from './tampered-machine.js';

/** Proposes what it found due in an earlier term once more when it leads again. */
class RetriedExpiries extends TamperedDuties {
  private earlier: readonly unknown[] = [];
  private found: unknown[] = [];
  private term: Term | null = null;

  override start(term: Term, instant: Instant): void {
    this.earlier = this.found;
    this.found = [];
    this.term = term;
    super.start(term, instant);
  }

  override tick(instant: Instant): readonly unknown[] {
    const commands = super.tick(instant);
    const expiries = commands.filter((command) => commandKind(command) === 'expire');
    this.found.push(...expiries);
    const { earlier, term } = this;
    this.earlier = [];
    return [...commands, ...earlier.map((command) => ({ ...Object(command), term }))];
  }
}

/** An expiry that a deposed leader had proposed is carried out by a later one. */
export class RetryingMachine extends TamperedMachine {
  private readonly retrying = new RetriedExpiries(this.inner.duties);

  override get duties(): LeaderDuties<LockEffect> {
    return this.retrying;
  }
}

/** How much of every lease a new leader takes for passed, milliseconds. */
const PASSED_MS = 500;

/** Counts leases from before it led. */
class EarlyLeases extends TamperedDuties {
  override start(term: Term, instant: Instant): void {
    super.start(term, { ...instant, monotonicMs: instant.monotonicMs - PASSED_MS });
  }
}

/** A new leader does not give every lease its full length. */
export class EarlyLeasesMachine extends TamperedMachine {
  private readonly early = new EarlyLeases(this.inner.duties);

  override get duties(): LeaderDuties<LockEffect> {
    return this.early;
  }
}
