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
  /** Operations in a thousand that carry an idempotency key. */
  readonly keyedPermille: number;
  /** Operations in a thousand that read. */
  readonly readPermille: number;
  /** Shortest and longest deadline of a try, microseconds. */
  readonly deadlineUsMin: number;
  readonly deadlineUsMax: number;
}

export function drawWorkloadOptions(random: Prng): WorkloadOptions {
  const ttlMsMin = random.pick([100, 300, 1000]);
  return {
    clients: random.integer(2, 8),
    locks: random.integer(1, 4),
    thinkUsMax: random.pick([20_000, 100_000, 400_000]),
    ttlMsMin,
    ttlMsMax: ttlMsMin + random.pick([500, 3000]),
    keyedPermille: random.pick([0, 300, 600]),
    readPermille: random.pick([100, 300, 500]),
    deadlineUsMin: 300_000,
    deadlineUsMax: random.pick([1_500_000, 5_000_000]),
  };
}
