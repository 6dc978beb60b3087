import type { Network } from '../network/network.js';
import type { MembersHistory } from '../invariants/replicas/members-history.js';
import type { KeptDisks } from '../membership/kept-disks.js';
import type { Operator } from '../membership/operator.js';
import { bridgedHalves, partitionPaths, type BlockedPath } from '../network/partition.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import { DiskFaults } from './disk-faults.js';
import type { FaultOptions } from './fault-options.js';

/** How far a clock that somebody sets by hand is off at most, milliseconds. */
const WALL_OFFSET_MS_MAX = 60_000;

/** How far the one clock that went mad is ahead at most, milliseconds: a little over a day. */
const MAD_WALL_OFFSET_MS_MAX = 100_000_000;

/** Shortest absence of a node, microseconds. */
const DOWN_US_MIN = 500;

/** Longest absence of a node whose process is restarted at once, microseconds. */
const QUICK_RESTART_US_MAX = 20_000;

/** Silence after which a leader takes a node for dead is shorter, microseconds. */
const LONG_PAUSE_US_MIN = 11_000_000;

/** Most crashes of a process that is restarted at once each time. */
const CRASH_LOOP_MAX = 10;

/** With fewer voters the mad clock would be the majority's. */
const MAD_CLOCK_VOTERS_MIN = 3;

/** Makes things go wrong, one after the other, until the run heals. */
export class Nemesis {
  private healed = false;
  /** Counts partitions, so that each ends only itself. */
  private partitions = 0;
  private readonly disks: DiskFaults;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly nodes: readonly SimulatedNode[],
    private readonly options: FaultOptions,
    private readonly random: Prng,
    private readonly members: MembersHistory,
    private readonly kept: KeptDisks,
    private readonly operator: Operator,
  ) {
    this.disks = new DiskFaults(world, random.fork('disks'), kept);
    for (const node of nodes) {
      node.onStopped = () => {
        expectPromise(!this.healed, 'a node goes on when its disks work', { node: node.id });
        this.restartLater(node, options.downUsMax);
      };
    }
  }

  start(): void {
    if (this.options.kinds.length > 0) this.strikeLater();
  }

  /** A node has given its vote, to itself or another; its disk may not have it yet. */
  voted(voter: string): void {
    if (this.healed || !this.options.kinds.includes('crashVoter')) return;
    if (this.random.permille(600)) return;
    this.world.schedule(this.random.integer(0, 30_000), () => {
      const node = this.nodes.find(({ id }) => id === voter);
      if (!this.healed && node !== undefined) this.crash(node, QUICK_RESTART_US_MAX);
    });
  }

  /** A snapshot comes to a node. */
  receiving(receiver: string): void {
    if (this.random.permille(300)) this.crashReceiverWithin(receiver, 100_000);
  }

  /** A node's state is being replaced by a snapshot; its log has not been reset to that. */
  replacing(receiver: string): void {
    if (this.random.permille(700)) this.crashReceiverWithin(receiver, 15_000);
  }

  /** Everything works again from now on, and no process ends any more. */
  heal(): void {
    this.healed = true;
    this.network.heal();
    for (const node of this.nodes) {
      node.machine.heal();
      node.finishStop();
      // Who cannot trust its disks gets empty ones, and is another replica from then on.
      if (node.corrupted) node.replaceDisks();
      if (node.process === null) node.start();
      else node.process.events.resume();
    }
    this.operator.settle();
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
      case 'pauseLong':
        return this.pauseLong(nodes.find((node) => node !== leader) ?? someone);
      case 'pauseLeader':
        return (leader ?? someone).pause(random.integer(1000, options.pauseUsMax));
      case 'partition':
        return this.partition(leader?.id ?? null);
      case 'freezeLeader':
        return this.freeze(leader ?? someone);
      case 'crashVoter':
        // Happens when there are votes.
        return;
      case 'crashBridge':
        return this.crashBridge(nodes.find((node) => node !== leader) ?? someone);
      case 'wallClock':
        return this.setWallClock(someone);
      case 'transfer':
        return this.transfer(leader, someone);
      case 'crashReceiver':
        return this.crashReceiver(nodes.find((node) => node !== leader) ?? someone);
      case 'stop':
        return this.stop(random.permille(500) ? (leader ?? someone) : someone);
      case 'failDisk':
        return this.disks.fail(someone);
      case 'slowDisk':
        return this.disks.slowDown(random.permille(500) ? (leader ?? someone) : someone);
      case 'flipBits':
        return this.disks.flip(someone, () => {
          if (!this.healed) this.crash(someone);
        });
      case 'changeMembers':
        return this.changeMembers();
      case 'replaceDisks':
        return this.replaceDisks(someone);
    }
  }

  /** Perhaps by a leader that nobody hears any more, or one that is gone a moment later. */
  private changeMembers(): void {
    const { random, operator, ids } = this;
    const leader = this.nodes.find((node) => node.leads);
    if (leader === undefined) return;
    const alone = random.permille(200) && ids.length > 1;
    if (alone) {
      const blocked = partitionPaths('isolatedLeader', ids, leader.id, random);
      this.block(blocked, random.integer(500_000, 3_000_000));
    }
    operator.meddle(leader);
    if (alone || random.permille(700)) return;
    this.world.schedule(random.integer(100, 50_000), () => {
      if (!this.healed && leader.leads) this.crash(leader);
    });
  }

  /** The disks of a node are lost; it starts with empty ones. */
  private replaceDisks(node: SimulatedNode): void {
    if (!this.kept.mayLose(node) || !this.sparable(node)) return;
    node.replaceDisks();
    this.restartLater(node, this.options.downUsMax);
  }

  private stop(node: SimulatedNode): void {
    if (node.process === null || !this.sparable(node)) return;
    node.stop(() => this.restartLater(node, this.options.downUsMax));
  }

  private setWallClock(node: SimulatedNode): void {
    const { random, nodes, world } = this;
    const { kinds } = this.options;
    const { voters } = this.members.lastCommitted;
    const steady = !kinds.includes('changeMembers') && voters.length >= MAD_CLOCK_VOTERS_MIN;
    const mad = steady && node === nodes[0];
    // A leader that is far behind may begin a log in the past, if it and the one voter it has heard
    // are the majority; log time then leaps forward once, and what was remembered is forgotten.
    const offsetMs = mad
      ? random.integer(0, MAD_WALL_OFFSET_MS_MAX)
      : random.integer(-WALL_OFFSET_MS_MAX, WALL_OFFSET_MS_MAX + 1);
    world.note(`${node.id} sets its wall clock off by ${offsetMs}ms`);
    world.met('wall clock jumped');
    node.machine.clock.setWallOffset(offsetMs);
  }

  /** One that is stopped already is not stopped once more: it has to wake at some time. */
  private pauseLong(node: SimulatedNode): void {
    if (node.process?.events.stopped !== false) return;
    node.pause(this.random.integer(LONG_PAUSE_US_MIN, LONG_PAUSE_US_MIN + 2_000_000));
  }

  private freeze(node: SimulatedNode): void {
    const frozenUs = this.random.integer(300_000, 2_500_000);
    if (this.ids.length < 2) return;
    const blocked = partitionPaths('isolatedLeader', this.ids, node.id, this.random);
    this.block(blocked, frozenUs + this.random.integer(100_000, 1_000_000));
    node.pause(frozenUs);
  }

  private crashBridge(bridge: SimulatedNode): void {
    if (this.ids.length < 3) return;
    this.crashLoop(bridge, this.random.integer(1, CRASH_LOOP_MAX + 1));
  }

  /**
   * A process that dies again and again, as if something it finds at its start killed it: the only one
   * to hear both halves, or all but the leader when that one falls silent with the crash.
   */
  private crashLoop(bridge: SimulatedNode, times: number): void {
    const { random, ids } = this;
    if (times > 0) this.block(bridgedHalves(bridge.id, ids, random), 2_000_000);
    this.world.schedule(random.integer(100_000, 1_000_000), () => {
      if (this.healed || times === 0) return;
      const leader = this.nodes.find((node) => node.leads) ?? null;
      this.crash(bridge, QUICK_RESTART_US_MAX);
      if (leader === null || leader === bridge || random.permille(500)) {
        return this.crashLoop(bridge, times - 1);
      }
      this.block(partitionPaths('isolatedLeader', ids, leader.id, random), 1_000_000);
      this.world.schedule(random.integer(300_000, 1_000_000), () => {
        if (!this.healed) this.crashLoop(bridge, times - 1);
      });
    });
  }

  private transfer(leader: SimulatedNode | undefined, to: SimulatedNode): void {
    if (leader === undefined || leader === to) return;
    this.world.note(`${leader.id} hands over to ${to.id}`);
    leader.process?.transfer(to.machine.replica);
    if (this.random.permille(700)) return;
    // It is cut off before it can ask for votes.
    const blocked = partitionPaths('isolatedLeader', this.ids, to.id, this.random);
    this.block(blocked, this.random.integer(500_000, 2_000_000));
  }

  private crashReceiverWithin(receiver: string, us: number): void {
    if (this.healed || !this.options.kinds.includes('crashReceiver')) return;
    this.world.schedule(this.random.integer(0, us), () => {
      const node = this.nodes.find(({ id }) => id === receiver);
      if (!this.healed && node !== undefined) this.crash(node, QUICK_RESTART_US_MAX);
    });
  }

  private crashReceiver(node: SimulatedNode): void {
    if (this.ids.length < 3) return;
    this.crash(node, this.random.integer(500_000, 2_000_000));
  }

  private crash(node: SimulatedNode, downUsMax: number = this.options.downUsMax): void {
    if (node.process === null || !this.sparable(node)) return;
    node.crash();
    this.restartLater(node, downUsMax);
  }

  private sparable({ machine }: SimulatedNode): boolean {
    const { voters } = this.members.lastCommitted;
    const others = this.nodes
      .filter((other) => other.machine !== machine && other.process !== null)
      .filter((other) => voters.includes(other.machine.replica)).length;
    return !this.options.sparesMajority || 2 * others > voters.length;
  }

  private restartLater(node: SimulatedNode, downUsMax: number): void {
    this.world.schedule(this.random.integer(DOWN_US_MIN, downUsMax), () => {
      if (node.process === null) node.start();
    });
  }

  private partition(leader: string | null): void {
    const { random, options, world, ids } = this;
    const kind = random.pick(options.partitionKinds);
    if (ids.length < 2) return;
    if (kind === 'isolatedLeader' && leader !== null) world.met('leader isolated');
    if (kind === 'oneWay') world.met('one-way partition');
    const blocked = partitionPaths(kind, ids, leader, random);
    if (kind === 'ring' && blocked.size > 0) world.met('ring partition');
    this.block(blocked, random.integer(50_000, options.partitionUsMax));
  }

  /** Replaces the present partition, if there is one. */
  private block(blocked: ReadonlySet<BlockedPath>, durationUs: number): void {
    const { world, network } = this;
    world.note(`partition ${[...blocked].join(' ')}`);
    network.partition(blocked);
    this.partitions += 1;
    const { partitions } = this;
    world.schedule(durationUs, () => {
      if (partitions !== this.partitions || this.healed) return;
      world.note('partition ends');
      network.partition(new Set());
    });
  }

  private get ids(): readonly string[] {
    return this.nodes.map((node) => node.id);
  }
}
