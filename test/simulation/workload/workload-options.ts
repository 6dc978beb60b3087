import type { Prng } from '../random/prng.js';

/** What the clients do; drawn anew for every seed. */
export interface WorkloadOptions {
  readonly clients: number;
  readonly locks: number;
  /** Longest pause between two operations of a client, microseconds. */
  readonly thinkUsMax: number;
  /** Lengths of leases that clients ask for, milliseconds. */
  readonly ttlMsMin: number;
  readonly ttlMsMax: number;
  readonly sessionTtlMsMax: number;
  /** Longest lock-delay, milliseconds; 0 for none. */
  readonly lockDelayMsMax: number;
  /** Longest wait for a lock, milliseconds. */
  readonly waitMsMax: number;
  /** Operations in a thousand that carry an idempotency key. */
  readonly keyedPermille: number;
  /** Operations in a thousand that read. */
  readonly readPermille: number;
  /** Acquires in a thousand that wait, share, and ask for several locks. */
  readonly waitPermille: number;
  readonly sharedPermille: number;
  readonly multiPermille: number;
  /** Acquires in a thousand that are made in a session, by a client that has one. */
  readonly sessionPermille: number;
  /** Waits in a thousand that their client leaves, or repeats through another node. */
  readonly impatientPermille: number;
  /** Operations in a thousand that an operator would do. */
  readonly breakPermille: number;
  /** Shortest and longest deadline of a try, microseconds. */
  readonly deadlineUsMin: number;
  readonly deadlineUsMax: number;
}

export function drawWorkloadOptions(random: Prng): WorkloadOptions {
  const ttlMsMin = random.pick([100, 300, 1000]);
  return {
    clients: random.integer(3, 13),
    locks: random.integer(1, 5),
    thinkUsMax: random.pick([10_000, 50_000, 300_000]),
    ttlMsMin,
    ttlMsMax: ttlMsMin + random.pick([500, 3000]),
    sessionTtlMsMax: random.pick([1000, 1500, 4000]),
    lockDelayMsMax: random.pick([0, 500, 2000]),
    waitMsMax: random.pick([200, 1500, 8000]),
    keyedPermille: random.pick([0, 300, 600]),
    readPermille: random.pick([50, 150, 400]),
    waitPermille: random.pick([300, 800, 950]),
    sharedPermille: random.pick([0, 400, 700]),
    multiPermille: random.pick([0, 200, 500]),
    sessionPermille: random.pick([0, 300, 800]),
    impatientPermille: random.pick([0, 150, 400]),
    breakPermille: random.pick([0, 0, 30]),
    deadlineUsMin: 300_000,
    deadlineUsMax: random.pick([1_500_000, 5_000_000]),
  };
}
