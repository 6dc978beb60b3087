import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { onFailedTest } from './failed-test.js';
import { claimPorts, type PortClaim } from './free-ports.js';
import type { JsonClient } from './json-client.js';
import { LOG_LINES_PRINTED_MAX, READY_DEADLINE_MS, TEST_SHARDS } from './limits.js';
import { PeerProxies, PROXY_HOST } from './peer-proxies.js';
import { ServerProcess } from './server-process.js';

export interface RealClusterOptions {
  readonly nodes: number;
  /** Variables of every node, over those of the harness. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for the nodes' folders, which is then kept; a temporary one by default. */
  readonly dataDir?: string;
  /** Whether the nodes reach each other through proxies that can cut some off. */
  readonly divisible?: boolean;
}

/** Who leads the coordination group: the node's index in the cluster, and its term. */
export interface Leadership {
  readonly index: number;
  readonly term: number;
}

/**
 * Built servers as a cluster, each in a process of its own, on free ports of 127.0.0.1.
 *
 * Nodes count from 0: node(0) is node1. When a test fails, the last lines of all logs are printed.
 */
export class RealCluster {
  private readonly nodes: readonly ServerProcess[];
  private readonly forgetFailures: () => void;

  private constructor(
    readonly dataDir: string,
    private readonly temporary: boolean,
    private readonly claim: PortClaim,
    environments: readonly Readonly<Record<string, string>>[],
    private readonly proxies: PeerProxies | null,
  ) {
    this.nodes = environments.map((environment) => new ServerProcess(environment));
    this.forgetFailures = onFailedTest(() => {
      this.printLogs();
    });
  }

  /** Starts a cluster and waits until every node is ready; ends it again when that fails. */
  static async start(options: RealClusterOptions): Promise<RealCluster> {
    const cluster = await RealCluster.create(options);
    try {
      for (const node of cluster.nodes) node.spawn();
      await Promise.all(cluster.nodes.map(async (node) => await node.untilReady()));
      return cluster;
    } catch (error) {
      cluster.printLogs();
      await cluster.close();
      throw error;
    }
  }

  /** A cluster whose nodes do not run yet: node(i).start() or .spawn() starts one. */
  static async create(options: RealClusterOptions): Promise<RealCluster> {
    const indexes = Array.from({ length: options.nodes }, (_, index) => index);
    const claim = await claimPorts(indexes.flatMap((index) => [index * 2, index * 2 + 1]));
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sinkron-real-')));
    const routes = indexes.map((index) => ({
      nodeId: `node${index + 1}`,
      peerPort: port(claim, index * 2 + 1),
    }));
    const { divisible = false } = options;
    const peerHost = divisible ? PROXY_HOST : '127.0.0.1';
    const peers = routes.map(({ nodeId, peerPort }) => `${nodeId}=${peerHost}:${peerPort}`);
    const environments = routes.map(({ nodeId, peerPort }, index) => ({
      NODE_ID: nodeId,
      PEERS: peers.join(','),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port(claim, index * 2)),
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(peerPort),
      DATA_DIR: join(dataDir, nodeId),
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      FAULT_INJECTION: 'true',
      SHARDS: String(TEST_SHARDS),
      ...options.env,
    }));
    const proxies = divisible ? await PeerProxies.open(routes) : null;
    return new RealCluster(dataDir, options.dataDir === undefined, claim, environments, proxies);
  }

  get size(): number {
    return this.nodes.length;
  }

  node(index: number): ServerProcess {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index} of ${this.nodes.length}`);
    return node;
  }

  http(index: number): JsonClient {
    return this.node(index).http;
  }

  /**
   * The leader that a majority of all nodes agrees on, waiting until there is one.
   *
   * @param newerThan only a leader of a later term counts: after a kill, the others still name the
   *   dead one for a while.
   */
  async leader(newerThan = 0, deadlineMs = READY_DEADLINE_MS): Promise<Leadership> {
    return await eventually('a majority agrees on a leader', deadlineMs, async () => {
      const running = this.nodes.filter((node) => node.pid !== undefined);
      const answers = await Promise.all(running.map(async (node) => await this.askForLeader(node)));
      const named = answers.filter((answer) => answer !== undefined);
      return named.find(
        (one) =>
          one.term > newerThan &&
          this.nodes[one.index]?.pid !== undefined &&
          named.filter((other) => other.index === one.index && other.term === one.term).length * 2 >
            this.nodes.length,
      );
    });
  }

  /**
   * Makes this node lead the coordination group, and waits until a majority knows it and the node itself has
   * served a request as the leader: it knows too, and asks nobody else from then on.
   */
  async lead(index: number): Promise<Leadership> {
    const path = '/v1/cluster/groups/coordination/transfer';
    const { nodeId, http } = this.node(index);
    await eventually(`${nodeId} leads`, READY_DEADLINE_MS, async () => {
      const answer = await http.post(path, { to: nodeId });
      return answer.status === 200 ? true : undefined;
    });
    return await eventually(
      `${nodeId} serves as the leader, and a majority knows`,
      READY_DEADLINE_MS,
      async () => {
        const leadership = await this.leader();
        if (leadership.index !== index) return undefined;
        // Linearizable: whoever answers this leads.
        if ((await http.get('/v1/locks/of-nobody')).status !== 404) return undefined;
        const { term } = await this.leader();
        // It led in this term before and after, so it has answered, as nobody else did lead meanwhile.
        return term === leadership.term ? leadership : undefined;
      },
    );
  }

  /** Cuts a node of a divisible cluster off from all others; clients still reach it. */
  isolate(index: number): void {
    this.proxies?.isolate(this.node(index).nodeId);
  }

  /** Cuts two nodes of a divisible cluster off from each other only. */
  divide(one: number, other: number): void {
    this.proxies?.divide(this.node(one).nodeId, this.node(other).nodeId);
  }

  /** All nodes reach each other again. */
  heal(): void {
    this.proxies?.heal();
  }

  /** Kills all nodes at once, as a power cut would. */
  async killAll(): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => await node.kill()));
  }

  /** Starts all nodes that do not run, and waits until all are ready. */
  async startAll(): Promise<void> {
    for (const node of this.nodes) if (node.pid === undefined) node.spawn();
    await Promise.all(this.nodes.map(async (node) => await node.untilReady()));
  }

  /** Kills all nodes and removes the temporary data. */
  async close(): Promise<void> {
    this.forgetFailures();
    await this.killAll();
    await Promise.all(this.nodes.map(async (node) => await node.http.close()));
    await this.proxies?.close();
    this.claim.release();
    if (this.temporary) await rm(this.dataDir, { recursive: true, force: true });
  }

  private async askForLeader(node: ServerProcess): Promise<Leadership | undefined> {
    const answer = await node.look('/v1/cluster/leader?group=coordination');
    if (answer?.status !== 200) return undefined;
    const { body } = answer;
    if (typeof body !== 'object' || body === null) return undefined;
    if (!('nodeId' in body) || !('term' in body) || typeof body.term !== 'number') return undefined;
    const index = this.nodes.findIndex(({ nodeId }) => nodeId === body.nodeId);
    return index < 0 ? undefined : { index, term: body.term };
  }

  private printLogs(): void {
    const text = this.nodes.flatMap((node) => [
      `--- ${node.nodeId} (${node.httpUrl}) ---`,
      ...node.log.slice(-LOG_LINES_PRINTED_MAX),
    ]);
    process.stderr.write(`${text.join('\n')}\n`);
  }
}

function port(claim: PortClaim, index: number): number {
  const value = claim.ports[index];
  if (value === undefined) throw new Error(`port ${index} was not claimed`);
  return value;
}
