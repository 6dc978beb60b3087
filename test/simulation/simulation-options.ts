import type { LogKeeping } from '@sinkron/consensus';
import { drawDiskOptions, type DiskOptions } from './disk/disk-options.js';
import { drawFaultOptions, type FaultOptions } from './faults/fault-options.js';
import { drawNetworkOptions, type NetworkOptions } from './network/network-options.js';
import type { Prng } from './random/prng.js';
import { drawQueueOptions, type QueueOptions } from './workload/queues/queue-options.js';
import { drawWorkloadOptions, type WorkloadOptions } from './workload/workload-options.js';
import type { ClockDrift } from './world/machine-clock.js';

/** One cluster and what it goes through, all drawn from the seed. */
export interface SimulationOptions {
  readonly nodes: number;
  /** With how many of them the group begins; the others may join. */
  readonly founders: number;
  readonly heartbeatMs: number;
  /** How long things go wrong, virtual microseconds. */
  readonly faultsUs: number;
  /** How long the healed cluster may take to answer everything and to agree, microseconds. */
  readonly healedUs: number;
  /** How little of the log is kept, so that followers need snapshots. */
  readonly logKeeping: LogKeeping;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly faults: FaultOptions;
  readonly workload: WorkloadOptions;
  readonly queues: QueueOptions;
  /** Of each node. */
  readonly clocks: readonly ClockDrift[];
}

/** Clocks run fast or slow by up to one per cent. */
const RATE_PPM_MAX = 10_000;

/** Runs in a thousand that take long and see long silences. */
const LONG_PERMILLE = 80;

export function drawSimulationOptions(random: Prng): SimulationOptions {
  const founders = random.pick([1, 3, 3, 3, 3, 4, 4, 5, 5, 7]);
  const nodes = founders + random.pick([0, 0, 1, 2]);
  const long = random.permille(LONG_PERMILLE);
  return {
    nodes,
    founders,
    heartbeatMs: 50,
    faultsUs: (long ? 45 : random.integer(8, 25)) * 1_000_000,
    healedUs: 30_000_000,
    logKeeping: drawLogKeeping(random.fork('log')),
    network: drawNetworkOptions(random.fork('network')),
    disk: drawDiskOptions(random.fork('disk')),
    faults: drawFaultOptions(random.fork('faults'), long),
    workload: drawWorkloadOptions(random.fork('workload')),
    queues: drawQueueOptions(random.fork('queues')),
    clocks: Array.from({ length: nodes }, () => ({
      ratePpm: random.integer(-RATE_PPM_MAX, RATE_PPM_MAX + 1),
      wallOffsetMs: random.integer(-2000, 2001),
    })),
  };
}

/** Most seeds keep so little that a follower who was away for a moment needs a snapshot. */
function drawLogKeeping(random: Prng): LogKeeping {
  const entries = random.pick([0, 0, 3, 10, 30, 10_000]);
  const bytes = random.permille(200) ? 2000 : 1_000_000;
  return { entries, bytes, stepEntries: random.pick([1, 4, 20]), stepBytes: 100_000 };
}
