import { expectPromise } from '../world/violation.js';

/** The fastest clock of any node against virtual time: a lease may end that much earlier. */
const CLOCK_RATE_MAX = 1.01;

interface Belief {
  readonly owner: string;
  readonly token: number;
  /** Until then the holder may rely on the lock, virtual microseconds. */
  readonly untilUs: number;
}

/** A lease as an answer gave it to a client. */
export interface ToldLease {
  readonly lock: string;
  readonly owner: string;
  readonly token: number;
  readonly ttlMs: number;
  /** When the client asked, virtual microseconds: its lease cannot have begun earlier. */
  readonly askedAtUs: number;
  readonly nowUs: number;
}

/**
 * No two clients may believe at once that they hold a lock: each does from the answer that says so
 * until it asks for the release, or until the lease's length has passed since it asked.
 */
export class MutualExclusion {
  private readonly beliefs = new Map<string, Map<string, Belief>>();

  told({ lock, owner, token, ttlMs, askedAtUs, nowUs }: ToldLease): void {
    const untilUs = Math.floor(askedAtUs + (ttlMs * 1000) / CLOCK_RATE_MAX);
    const believers = this.beliefs.get(lock) ?? new Map<string, Belief>();
    this.beliefs.set(lock, believers);
    const known = believers.get(owner);
    if (known !== undefined && known.token === token && known.untilUs >= untilUs) return;
    believers.set(owner, { owner, token, untilUs });
    if (untilUs <= nowUs) return;
    for (const other of believers.values()) {
      expectPromise(
        other.owner === owner || other.untilUs <= nowUs,
        'a lock has one holder at a time',
        { lock, nowUs, holder: other, told: { owner, token, untilUs } },
      );
    }
  }

  /** The client gives up its belief before it asks for the release, or hears that it was wrong. */
  ended(lock: string, owner: string): void {
    this.beliefs.get(lock)?.delete(owner);
  }
}
