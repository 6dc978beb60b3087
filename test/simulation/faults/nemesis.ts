import type { Network } from '../network/network.js';
import { partitionPaths } from '../network/partition.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import type { FaultOptions } from './fault-options.js';

/** How far a wall clock is set forward or back at most, milliseconds: a little over a day. */
const WALL_JUMP_MS_MAX = 100_000_000;

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
        if (random.permille(700)) return;
        this.world.met('whole cluster crashed');
        return nodes.forEach((node) => this.crash(node));
      case 'pause':
        return someone.pause(random.integer(1000, options.pauseUsMax));
      case 'pauseLeader':
        return (leader ?? someone).pause(random.integer(1000, options.pauseUsMax));
      case 'partition':
        return this.partition(leader?.id ?? null);
      case 'wallClock': {
        const byMs = random.integer(1, random.pick([100, 10_000, WALL_JUMP_MS_MAX]));
        this.world.note(`${someone.id} sets its wall clock by ${byMs}ms`);
        this.world.met('wall clock jumped');
        return someone.machine.clock.jumpWall(random.permille(500) ? byMs : -byMs);
      }
    }
  }

  private crash(node: SimulatedNode): void {
    if (node.process === null) return;
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
