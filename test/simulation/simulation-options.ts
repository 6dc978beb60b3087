import { drawDiskOptions, type DiskOptions } from './disk/disk-options.js';
import { drawFaultOptions, type FaultOptions } from './faults/fault-options.js';
import { drawNetworkOptions, type NetworkOptions } from './network/network-options.js';
import type { Prng } from './random/prng.js';
import { drawWorkloadOptions, type WorkloadOptions } from './workload/workload-options.js';
import type { ClockDrift } from './world/machine-clock.js';

/** One cluster and what it goes through, all drawn from the seed. */
export interface SimulationOptions {
  readonly nodes: number;
  readonly heartbeatMs: number;
  /** How long things go wrong, virtual microseconds. */
  readonly faultsUs: number;
  /** How long the healed cluster may take to answer everything and to agree, microseconds. */
  readonly healedUs: number;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly faults: FaultOptions;
  readonly workload: WorkloadOptions;
  /** Of each node. */
  readonly clocks: readonly ClockDrift[];
}

/** Clocks run fast or slow by up to one per cent. */
const RATE_PPM_MAX = 10_000;

/** Runs in a thousand that take long and see long silences. */
const LONG_PERMILLE = 80;

export function drawSimulationOptions(random: Prng): SimulationOptions {
  const nodes = random.pick([1, 3, 3, 3, 3, 4, 4, 5, 5, 5]);
  const long = random.permille(LONG_PERMILLE);
  return {
    nodes,
    heartbeatMs: 50,
    faultsUs: (long ? 45 : random.integer(8, 21)) * 1_000_000,
    healedUs: 30_000_000,
    network: drawNetworkOptions(random.fork('network')),
    disk: drawDiskOptions(random.fork('disk')),
    faults: drawFaultOptions(random.fork('faults'), long),
    workload: drawWorkloadOptions(random.fork('workload')),
    clocks: Array.from({ length: nodes }, () => ({
      ratePpm: random.integer(-RATE_PPM_MAX, RATE_PPM_MAX + 1),
      wallOffsetMs: random.integer(-2000, 2001),
    })),
  };
}
