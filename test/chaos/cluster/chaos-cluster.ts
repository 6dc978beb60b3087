import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { claimPorts, type PortClaim } from '../../support/free-ports.js';
import { FailingDisks } from '../disk/failing-disks.js';
import { SmallDisk } from '../disk/small-disk.js';
import { LINK_HOST, PeerLinks } from '../links/peer-links.js';
import { NODES_MAX, START_DEADLINE_MS } from '../limits.js';
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
  readonly nodes: ChaosNode[] = [];
  readonly links: PeerLinks;
  /** Or why there is none. */
  readonly failingDisks: FailingDisks | string;
  readonly smallDisk: SmallDisk | string;

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
    const founders = Array.from({ length: options.nodes }, (_, index) => index);
    const peers = founders.map((index) => `${nameOf(index)}=${cluster.addressOf(index)}`).join();
    for (const index of founders) await cluster.add(index, peers);
    return cluster;
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
    await Promise.all(this.nodes.map(async (node) => await node.close()));
    await this.links.close();
    if (typeof this.smallDisk !== 'string') this.smallDisk.unmount();
    this.claim.release();
  }

  private async add(index: number, peers: string): Promise<void> {
    const { folder, serverFile, now } = this.options;
    const nodeId = nameOf(index);
    const environment = {
      NODE_ID: nodeId,
      PEERS: peers,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(this.port(index * 2)),
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(this.peerPort(index)),
      // Below the mount point, where only the node's own files are.
      DATA_DIR: join(this.diskOf(index), 'data'),
      DRAIN_TIMEOUT_MS: '2000',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...(typeof this.failingDisks === 'string' ? {} : this.failingDisks.environmentOf(nodeId)),
    };
    await this.links.listen({ nodeId, peerPort: this.peerPort(index) });
    const logFile = join(folder, 'logs', `${nodeId}.log`);
    this.nodes.push(new ChaosNode({ environment, serverFile, logFile, now }));
  }

  private addressOf(index: number): string {
    return `${LINK_HOST}:${this.peerPort(index)}`;
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
}

function nameOf(index: number): string {
  return `node${index + 1}`;
}
