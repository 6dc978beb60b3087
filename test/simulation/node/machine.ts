import type { LogDisk } from '../disk/log-disk.js';
import type { StateDisk } from '../disk/state-disk.js';
import type { Prng } from '../random/prng.js';
import type { MachineClock } from '../world/machine-clock.js';

/** What of a node outlives its processes. */
export interface Machine {
  readonly nodeId: string;
  readonly clock: MachineClock;
  readonly logDisk: LogDisk;
  readonly stateDisk: StateDisk;
  readonly random: Prng;
  /** The highest index that a process of it has applied, for the coverage. */
  appliedIndexMax: number;
}
