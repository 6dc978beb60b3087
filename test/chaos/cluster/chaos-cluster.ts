import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { claimPorts, type PortClaim } from '../../support/free-ports.js';
import type { HttpExchange } from '../clients/calls/http-exchange.js';
import { FailingDisks } from '../disk/failing-disks.js';
import { SmallDisk } from '../disk/small-disk.js';
import { LINK_HOST, PeerLinks } from '../links/peer-links.js';
import { NEWCOMERS_MAX, NODES_MAX, START_DEADLINE_MS } from '../limits.js';
import { ChaosNode } from './chaos-node.js';

export interface ChaosClusterOptions {
  readonly nodes: number;
  /** Everything of the cluster is kept there. */
  readonly folder: string;
  readonly serverFile: string;
  /** The node, counted from 0, whose data folder is a small disk where there can be one. */
  readonly smallDiskAt: number;
  /** A number from 0 to 1, drawn anew at each call. */
  readonly chance: () => number;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
}

/** Built servers in processes of their own, with links and disks that can be made to fail. */
export class ChaosCluster {
  /** Members, and who was added and has not come yet. */
  readonly nodes: ChaosNode[] = [];
  /** All there ever were. */
  readonly everyNode: ChaosNode[] = [];
  readonly links: PeerLinks;
  /** Or why there is none. */
  readonly failingDisks: FailingDisks | string;
  readonly smallDisk: SmallDisk | string;

  /** Founders that were removed, be they members again. */
  private retired = 0;

  private constructor(
    private readonly options: ChaosClusterOptions,
    private readonly claim: PortClaim,
  ) {
    const { folder, smallDiskAt, chance } = options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    this.links = new PeerLinks(chance);
    this.failingDisks = FailingDisks.prepare(folder);
    this.smallDisk = SmallDisk.mount(this.diskOf(smallDiskAt));
  }

  /** A cluster whose nodes do not run yet. */
  static async create(options: ChaosClusterOptions): Promise<ChaosCluster> {
    const claim = await claimPorts(Array.from({ length: NODES_MAX * 2 }, (_, index) => index));
    const cluster = new ChaosCluster(options, claim);
    for (const index of cluster.founders) await cluster.make(index);
    return cluster;
  }

  /** The name of a node that is none now; null when there are as many as there may be. */
  get free(): string | null {
    const most = Math.min(NODES_MAX, this.options.nodes + NEWCOMERS_MAX);
    const names = Array.from({ length: most }, (_, index) => nameOf(index));
    return names.find((name) => this.nodes.every(({ nodeId }) => nodeId !== name)) ?? null;
  }

  /** Where clients reach the members. */
  get exchanges(): readonly HttpExchange[] {
    return this.nodes.map(({ exchange }) => exchange);
  }

  /** Names of the nodes that were members from the beginning to now. */
  get foundersLeft(): readonly string[] {
    const founders = this.nodes.slice(0, this.options.nodes - this.retired);
    return founders.map(({ nodeId }) => nodeId);
  }

  /** Where the peers of a node reach it. */
  addressOf(nodeId: string): string {
    return `${LINK_HOST}:${this.peerPort(indexOf(nodeId))}`;
  }

  /** A node that was none before, or no more; its disk is empty, and it does not run yet. */
  async make(nodeId: string): Promise<ChaosNode> {
    const known = this.everyNode.find((node) => node.nodeId === nodeId);
    const node = known ?? (await this.makeFirst(nodeId));
    if (known === undefined) this.everyNode.push(node);
    this.nodes.push(node);
    node.release();
    return node;
  }

  /** Ends a node that is no member any more, with all that it has stored. */
  async retire(node: ChaosNode): Promise<void> {
    // Founders come first, and go to the end when they come again.
    if (this.foundersLeft.includes(node.nodeId)) this.retired += 1;
    this.nodes.splice(this.nodes.indexOf(node), 1);
    await node.hold();
    rmSync(this.dataDirOf(node.nodeId), { recursive: true, force: true });
  }

  /** Kills the node, takes all that it has stored, and starts it again. */
  async loseDisk(node: ChaosNode): Promise<void> {
    await node.hold();
    rmSync(this.dataDirOf(node.nodeId), { recursive: true, force: true });
    node.release();
    node.start();
  }

  /** Starts all, and waits until all are ready. */
  async start(): Promise<void> {
    for (const node of this.nodes) node.start();
    await Promise.all(this.nodes.map(async (node) => await node.untilReady(START_DEADLINE_MS)));
  }

  /** The node on the small disk, when there is one. */
  get smallDiskNode(): ChaosNode | undefined {
    return this.nodes.find(({ nodeId }) => nodeId === nameOf(this.options.smallDiskAt));
  }

  /** Kills all nodes. What they have written stays, but for the small disk. */
  async close(): Promise<void> {
    await Promise.all(this.everyNode.map(async (node) => await node.close()));
    await this.links.close();
    if (typeof this.smallDisk !== 'string') this.smallDisk.unmount();
    this.claim.release();
  }

  private get founders(): readonly string[] {
    return Array.from({ length: this.options.nodes }, (_, index) => nameOf(index));
  }

  private async makeFirst(nodeId: string): Promise<ChaosNode> {
    const { folder, serverFile, now } = this.options;
    const index = indexOf(nodeId);
    const peers = [...new Set([...this.founders, nodeId])];
    const environment = {
      NODE_ID: nodeId,
      PEERS: peers.map((name) => `${name}=${this.addressOf(name)}`).join(),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(this.port(index * 2)),
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(this.peerPort(index)),
      DATA_DIR: this.dataDirOf(nodeId),
      DRAIN_TIMEOUT_MS: '2000',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...(typeof this.failingDisks === 'string' ? {} : this.failingDisks.environmentOf(nodeId)),
    };
    await this.links.listen({ nodeId, peerPort: this.peerPort(index) });
    const logFile = join(folder, 'logs', `${nodeId}.log`);
    return new ChaosNode({ environment, serverFile, logFile, now });
  }

  private peerPort(index: number): number {
    return this.port(index * 2 + 1);
  }

  private port(index: number): number {
    const port = this.claim.ports[index];
    if (port === undefined) throw new Error(`port ${index} was not claimed`);
    return port;
  }

  private diskOf(index: number): string {
    return join(this.options.folder, 'disks', nameOf(index));
  }

  /** Below what may be a mount point, so that only the node's own files are there. */
  private dataDirOf(nodeId: string): string {
    return join(this.diskOf(indexOf(nodeId)), 'data');
  }
}

function nameOf(index: number): string {
  return `node${index + 1}`;
}

function indexOf(nodeId: string): number {
  return Number(nodeId.slice('node'.length)) - 1;
}
