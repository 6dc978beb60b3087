import type { Network } from '../network/network.js';
import { partitionPaths } from '../network/partition.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import type { FaultOptions } from './fault-options.js';

/** How far a clock that somebody sets by hand is off at most, milliseconds. */
const WALL_OFFSET_MS_MAX = 60_000;

/** How far the one clock that went mad is off at most, milliseconds: a little over a day. */
const MAD_WALL_OFFSET_MS_MAX = 100_000_000;

/** With fewer nodes the mad clock would be the majority's. */
const MAD_CLOCK_NODES_MIN = 3;

/** Makes things go wrong, one after the other, until the run heals. */
export class Nemesis {
  private healed = false;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly nodes: readonly SimulatedNode[],
    private readonly options: FaultOptions,
    private readonly random: Prng,
  ) {}

  start(): void {
    if (this.options.kinds.length > 0) this.strikeLater();
  }

  /** Everything works again from now on. */
  heal(): void {
    this.healed = true;
    this.network.heal();
    for (const node of this.nodes) {
      if (node.process === null) node.start();
      else node.process.events.resume();
    }
  }

  private strikeLater(): void {
    this.world.schedule(this.random.integer(10_000, this.options.intervalUsMax), () => {
      if (this.healed) return;
      this.strike();
      this.strikeLater();
    });
  }

  private strike(): void {
    const { random, options, nodes } = this;
    const leader = nodes.find((node) => node.leads);
    const someone = random.pick(nodes);
    switch (random.pick(options.kinds)) {
      case 'crash':
        return this.crash(someone);
      case 'crashLeader':
        return this.crash(leader ?? someone);
      case 'crashAll':
        // Rarer than the others, or little would happen between.
        if (random.permille(800)) return;
        this.world.met('whole cluster crashed');
        return nodes.forEach((node) => this.crash(node));
      case 'pause':
        return someone.pause(random.integer(1000, options.pauseUsMax));
      case 'pauseLeader':
        return (leader ?? someone).pause(random.integer(1000, options.pauseUsMax));
      case 'partition':
        return this.partition(leader?.id ?? null);
      case 'wallClock':
        return this.setWallClock(someone);
    }
  }

  private setWallClock(node: SimulatedNode): void {
    const { random, nodes, world } = this;
    const mad = node === nodes[0] && nodes.length >= MAD_CLOCK_NODES_MIN;
    const offsetMsMax = mad ? MAD_WALL_OFFSET_MS_MAX : WALL_OFFSET_MS_MAX;
    const offsetMs = random.integer(-offsetMsMax, offsetMsMax + 1);
    world.note(`${node.id} sets its wall clock off by ${offsetMs}ms`);
    world.met('wall clock jumped');
    node.machine.clock.setWallOffset(offsetMs);
  }

  private crash(node: SimulatedNode): void {
    if (node.process === null) return;
    const others = this.nodes.filter((other) => other !== node && other.process !== null).length;
    if (this.options.sparesMajority && 2 * others <= this.nodes.length) return;
    node.crash();
    this.world.schedule(this.random.integer(1000, this.options.downUsMax), () => {
      if (node.process === null) node.start();
    });
  }

  private partition(leader: string | null): void {
    const { random, options, world, network } = this;
    const kind = random.pick(options.partitionKinds);
    const ids = this.nodes.map((node) => node.id);
    if (ids.length < 2) return;
    world.note(`partition ${kind}`);
    if (kind === 'isolatedLeader' && leader !== null) world.met('leader isolated');
    if (kind === 'oneWay') world.met('one-way partition');
    const blocked = partitionPaths(kind, ids, leader, random);
    network.partition(blocked);
    world.schedule(random.integer(50_000, options.partitionUsMax), () => {
      world.note('partition ends');
      network.partition(new Set());
    });
  }
}
