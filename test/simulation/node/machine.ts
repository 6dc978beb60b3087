import { replicaOf, type ReplicaId } from '@sinkron/consensus';
import type { LogDisk } from '../disk/log-disk.js';
import type { StateDisk } from '../disk/state-disk.js';
import type { Prng } from '../random/prng.js';
import type { MachineClock } from '../world/machine-clock.js';

/** The two environments of one data folder, which is one replica for ever. */
export interface Disks {
  readonly log: LogDisk;
  readonly state: StateDisk;
}

/** What of a node outlives its processes. */
export class Machine {
  disks: Disks;
  /** The highest index that a process has applied from these disks, for the coverage. */
  appliedIndexMax = 0;
  private replacements = 0;
  private healed = false;

  constructor(
    readonly nodeId: string,
    readonly clock: MachineClock,
    readonly random: Prng,
    /** Whether the group was formed with its first disks. */
    private readonly founder: boolean,
    private readonly makeDisks: (random: Prng) => Disks,
  ) {
    this.disks = makeDisks(random);
  }

  /** The identity that its present disks give it. */
  get replica(): ReplicaId {
    return replicaOf(this.nodeId, `disk${this.replacements}`);
  }

  /** Whether its present disks began with the group; all others learn of it from others. */
  get founding(): boolean {
    return this.founder && this.replacements === 0;
  }

  /** Empty disks in place of the present ones: another replica. */
  replaceDisks(): void {
    this.replacements += 1;
    this.appliedIndexMax = 0;
    this.disks = this.makeDisks(this.random.fork(`disk ${this.replacements}`));
    if (this.healed) this.heal();
  }

  /** Its disks work from now on, and all that come in their place. */
  heal(): void {
    this.healed = true;
    this.disks.log.heal();
    this.disks.state.heal();
  }
}
