import type { KeptDisks } from '../membership/kept-disks.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';

/** How much longer a flush of a slow disk takes at most, and how long a disk is slow, microseconds. */
const SLOWER_US_MAX = 300_000;
const SLOW_US_MAX = 5_000_000;

/** How soon after a flip its node is restarted, and so reads its disk, microseconds. */
const REREAD_US_MAX = 2_000_000;

/** What goes wrong with disks while their node runs. */
export class DiskFaults {
  constructor(
    private readonly world: World,
    private readonly random: Prng,
    private readonly kept: KeptDisks,
  ) {}

  /** The next write fails: the node stops. */
  fail(node: SimulatedNode): void {
    const { log, state } = node.machine.disks;
    this.world.note(`${node.id}: a disk fails`);
    if (this.random.permille(700)) log.failOnce();
    else state.failOnce();
  }

  slowDown(node: SimulatedNode): void {
    const { random, world } = this;
    world.note(`${node.id}: the disk is slow`);
    world.met('disk slowed down');
    const durationUs = random.integer(100_000, SLOW_US_MAX);
    node.machine.disks.log.slowDown(durationUs, random.integer(5000, SLOWER_US_MAX));
  }

  /** Bytes change that were durable. @param reread restarts the node, perhaps. */
  flip(node: SimulatedNode, reread: () => void): void {
    const { random, world } = this;
    if (!this.kept.mayLose(node)) return;
    const { log, state } = node.machine.disks;
    const flipped = random.permille(700) ? log.flip() : state.flip();
    if (!flipped) return;
    world.note(`${node.id}: bytes on its disk change`);
    if (random.permille(700)) world.schedule(random.integer(1000, REREAD_US_MAX), reread);
  }
}
