import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import { HEALTHY_NETWORK, type NetworkOptions } from './network-options.js';
import type { BlockedPath } from './partition.js';

/** Takes a packet off the network; the bytes are the receiver's own. */
export type Receiver = (from: string, bytes: Uint8Array) => void;

/** One direction between two nodes. */
interface Path {
  /** When the last packet that keeps the order arrives, virtual microseconds. */
  inOrderUntilUs: number;
  cloggedUntilUs: number;
  packets: number;
}

/** Carries bytes between nodes, as badly as its options say; a packet to oneself is not its thing. */
export class Network {
  private readonly receivers = new Map<string, Receiver>();
  private readonly paths = new Map<string, Path>();
  private blocked: ReadonlySet<BlockedPath> = new Set();

  constructor(
    private readonly world: World,
    private readonly random: Prng,
    private options: NetworkOptions,
  ) {}

  attach(node: string, receiver: Receiver): void {
    this.receivers.set(node, receiver);
  }

  /**
   * @param once never delivered twice: a request on a connection, which is lost or is not.
   * @param bulk goes beside the others, in no order with them.
   */
  send(
    from: string,
    to: string,
    bytes: Uint8Array,
    { once, bulk }: { readonly once: boolean; readonly bulk: boolean },
  ): void {
    const { options, random, world } = this;
    // Copied here: the sender may write over its buffer, and nothing is shared between nodes.
    const packet = Uint8Array.from(bytes);
    if (random.permille(options.lossPermille)) {
      world.met('message lost');
      return;
    }
    this.transmit(from, to, packet, bulk);
    if (!once && random.permille(options.duplicatePermille)) {
      world.met('message duplicated');
      this.transmit(from, to, Uint8Array.from(packet), bulk);
    }
  }

  /** Blocks paths, also for what is on its way. */
  partition(blocked: ReadonlySet<BlockedPath>): void {
    this.blocked = blocked;
  }

  heal(): void {
    this.blocked = new Set();
    this.options = HEALTHY_NETWORK;
    for (const path of this.paths.values()) {
      path.cloggedUntilUs = 0;
      path.inOrderUntilUs = 0;
    }
  }

  private transmit(from: string, to: string, packet: Uint8Array, bulk: boolean): void {
    const { options, random, world } = this;
    const name: BlockedPath = `${from}>${to}`;
    const path = this.path(bulk ? `${name} bulk` : name);
    if (path.packets >= options.pathPacketsMax) {
      world.met('message lost');
      return;
    }
    if (random.permille(options.clogPermille)) {
      world.met('path clogged');
      path.cloggedUntilUs = world.nowUs + random.integer(1, options.clogUsMax + 1);
    }
    const slow = random.permille(options.slowPermille) ? 10 : 1;
    const delayUs = slow * random.integer(options.delayUsMin, options.delayUsMax + 1);
    let arrivesAtUs = Math.max(world.nowUs + delayUs, path.cloggedUntilUs);
    if (random.permille(options.reorderPermille)) {
      if (arrivesAtUs < path.inOrderUntilUs) world.met('message overtaken');
    } else {
      arrivesAtUs = Math.max(arrivesAtUs, path.inOrderUntilUs);
      path.inOrderUntilUs = arrivesAtUs;
    }
    path.packets += 1;
    world.schedule(arrivesAtUs - world.nowUs, () => {
      path.packets -= 1;
      this.deliver(name, from, to, packet);
    });
  }

  private deliver(name: BlockedPath, from: string, to: string, packet: Uint8Array): void {
    if (this.blocked.has(name)) {
      this.world.met('message dropped by a partition');
      return;
    }
    this.receivers.get(to)?.(from, packet);
  }

  private path(name: string): Path {
    let path = this.paths.get(name);
    if (path === undefined) {
      path = { inOrderUntilUs: 0, cloggedUntilUs: 0, packets: 0 };
      this.paths.set(name, path);
    }
    return path;
  }
}
