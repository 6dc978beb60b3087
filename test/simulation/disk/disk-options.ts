import type { Prng } from '../random/prng.js';

/** How slow the disks are and what a crash does to them; drawn anew for every seed. */
export interface DiskOptions {
  /** Shortest and longest usual time from a write to its flush, microseconds. */
  readonly flushUsMin: number;
  readonly flushUsMax: number;
  /** Flushes in a thousand that stall. */
  readonly stallPermille: number;
  /** Longest stall, microseconds. */
  readonly stallUsMax: number;
  /** Writes in a thousand that a crash finds complete although nobody was told so. */
  readonly survivePermille: number;
  /** From the first change of the state to its commit, microseconds. */
  readonly stateIntervalUs: number;
  /** Entries applied and not flushed above which the state is saturated. */
  readonly unflushedEntriesMax: number;
  /** Bytes of one part of a snapshot: few, or all would fit in one. */
  readonly snapshotPartBytes: number;
  /** Longest time until a part is staged, microseconds. */
  readonly stageUsMax: number;
  /** How long a snapshot may be read, microseconds. */
  readonly snapshotExpiryUs: number;
  /** Snapshots in a thousand that are not opened, for too many are read. */
  readonly readersExhaustedPermille: number;
}

export function drawDiskOptions(random: Prng): DiskOptions {
  const flushUsMin = random.integer(100, 1000);
  // A state that saturates commits early: it does not wait for the interval.
  const saturable = random.permille(250);
  return {
    flushUsMin,
    flushUsMax: flushUsMin + random.pick([500, 2000, 20_000]),
    stallPermille: random.permille(600) ? random.pick([2, 10, 50]) : 0,
    stallUsMax: random.pick([50_000, 400_000]),
    survivePermille: random.pick([0, 300, 700]),
    stateIntervalUs: random.pick(
      saturable ? [20_000, 60_000] : [20_000, 100_000, 500_000, 3_000_000],
    ),
    unflushedEntriesMax: saturable ? random.integer(3, 12) : 1_000_000,
    snapshotPartBytes: random.pick([200, 1000, 10_000]),
    stageUsMax: random.pick([500, 5000, 80_000]),
    snapshotExpiryUs: random.pick([50_000, 1_000_000, 60_000_000]),
    readersExhaustedPermille: random.pick([0, 0, 300]),
  };
}
