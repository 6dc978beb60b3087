import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { onFailedTest } from './failed-test.js';
import { claimPorts, type PortClaim } from './free-ports.js';
import type { Answer } from './json-client.js';
import { LOG_LINES_PRINTED_MAX, READY_DEADLINE_MS, TEST_SHARDS } from './limits.js';
import { ServerProcess } from './server-process.js';

/** Nodes that such a cluster may come to have: their ports are claimed at once. */
const NODES_MAX = 6;

/** The shards move one after the other, each in some seconds on a busy machine. */
const SHARDS_MOVED_DEADLINE_MS = 90_000;

export const ROLES = ['locks', 'queues', 'caches', 'ledger'] as const;

/** What a node says of the cluster, as far as members are concerned. */
export interface ClusterView {
  readonly nodeId: string;
  readonly members: readonly {
    readonly nodeId: string;
    readonly state: string;
    readonly status: string;
  }[];
  readonly groups: readonly {
    readonly id: string;
    readonly leader: string | null;
    readonly term: number;
    readonly replicas: readonly string[];
    readonly learners: readonly string[];
    readonly changing: boolean;
  }[];
}

/** The coordination group as one node sees it, with the states of the members. */
export interface MembersView {
  readonly voters: readonly string[];
  readonly changing: boolean;
  readonly members: Readonly<Record<string, string>>;
  readonly leader: string | null;
  readonly term: number;
}

/**
 * Built servers as a cluster to which nodes are added and from which they are removed. Nodes have
 * their names: node1 and so on. Founders have each other in `PEERS` for ever; later ones themselves
 * and node1.
 */
export class GrowingCluster {
  private readonly nodes = new Map<string, ServerProcess>();
  private readonly forgetFailures: () => void;

  private constructor(
    private readonly dataDir: string,
    private readonly claim: PortClaim,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.forgetFailures = onFailedTest(() => {
      this.printLogs();
    });
  }

  /** Starts as many founders, and waits until they are ready. */
  static async start(count: number, env: Record<string, string> = {}): Promise<GrowingCluster> {
    const claim = await claimPorts(Array.from({ length: NODES_MAX * 2 }, (_, index) => index));
    const dataDir = await mkdtemp(join(tmpdir(), 'sinkron-growing-'));
    const founders = Array.from({ length: count }, (_, index) => `node${index + 1}`);
    const cluster = new GrowingCluster(dataDir, claim, env);
    try {
      for (const name of founders) cluster.make(name, founders).spawn();
      await Promise.all(founders.map(async (name) => await cluster.node(name).untilReady()));
      await cluster.shows('node1', { members: states(founders, 'member') });
      return cluster;
    } catch (error) {
      cluster.printLogs();
      await cluster.close();
      throw error;
    }
  }

  node(name: string): ServerProcess {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }

  /** Starts a node that the cluster does not know, or a former one anew; it is not ready yet. */
  spawnNew(name: string, env: Readonly<Record<string, string>> = {}): ServerProcess {
    const node = this.make(name, [name, 'node1'], env);
    node.spawn();
    return node;
  }

  peerAddress(name: string): string {
    return `127.0.0.1:${this.port(name, 1)}`;
  }

  /** Adds a member by way of a node. */
  async add(name: string, by = 'node1', roles: readonly string[] = ROLES): Promise<Answer> {
    const body = { nodeId: name, address: this.peerAddress(name), roles };
    return await this.node(by).http.post('/v1/cluster/members', body);
  }

  async remove(name: string, by = 'node1'): Promise<Answer> {
    return await this.node(by).http.delete(`/v1/cluster/members/${name}`);
  }

  /** Adds and starts a node, and waits until it is ready. */
  async grow(name: string): Promise<void> {
    expect((await this.add(name)).status).toBe(202);
    await this.spawnNew(name).untilReady();
  }

  /** Waits until a node says, not ready, that it is no member and why. */
  async waitsOutside(name: string, why: string): Promise<void> {
    await eventually(`${name} waits: ${why}`, READY_DEADLINE_MS, async () => {
      const answer = await this.node(name).look('/health/ready');
      const text = JSON.stringify(answer?.body ?? null);
      return answer?.status === 503 && text.includes(why) ? true : undefined;
    });
  }

  /** Deletes what a node that does not run has on its disk. */
  async wipe(name: string): Promise<void> {
    await rm(join(this.dataDir, name), { recursive: true });
  }

  /** How a node sees the members now; undefined when it does not answer or knows no group yet. */
  async view(by: string): Promise<MembersView | undefined> {
    const answer = await this.node(by).look('/v1/cluster');
    if (answer?.status !== 200) return undefined;
    const { members, groups } = answer.body as ClusterView;
    const group = groups.find(({ id }) => id === 'coordination');
    if (group === undefined) return undefined;
    return {
      voters: group.replicas.toSorted(),
      changing: group.changing,
      members: Object.fromEntries(members.map(({ nodeId, state }) => [nodeId, state])),
      leader: group.leader,
      term: group.term,
    };
  }

  /** Waits until a node sees the members like this, nothing changing any more. */
  async shows(by: string, expected: Partial<MembersView>): Promise<MembersView> {
    let last: MembersView | undefined;
    try {
      return await eventually(`${by} shows it`, READY_DEADLINE_MS, async () => {
        last = await this.view(by);
        if (last === undefined || last.changing) return undefined;
        for (const [key, value] of Object.entries(expected)) {
          const seen: unknown = Reflect.get(last, key);
          if (JSON.stringify(seen) !== JSON.stringify(value)) return undefined;
        }
        return last;
      });
    } catch {
      throw new Error(`${by} shows ${JSON.stringify(last)}, not ${JSON.stringify(expected)}`);
    }
  }

  /** Waits until a node sees these voters, and no others about to become some. */
  async votersAre(by: string, ...voters: readonly string[]): Promise<MembersView> {
    return await this.shows(by, { voters });
  }

  /** Waits until all shards have these replicas, and nothing moves any more. */
  async shardsAreOn(by: string, replicas: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(replicas.toSorted());
    await eventually(`all shards are on ${wanted}`, SHARDS_MOVED_DEADLINE_MS, async () => {
      const answer = await this.node(by).look('/v1/cluster');
      if (answer?.status !== 200) return undefined;
      const { groups } = answer.body as ClusterView;
      const shards = groups.filter(({ id }) => id.startsWith('queues-'));
      const there = shards.every((shard) => {
        return !shard.changing && JSON.stringify(shard.replicas.toSorted()) === wanted;
      });
      return shards.length > 0 && there ? true : undefined;
    });
  }

  /** The leader as a node sees it, waiting until there is one. */
  async leader(by = 'node1'): Promise<string> {
    return await eventually(`${by} knows a leader`, READY_DEADLINE_MS, async () => {
      return (await this.view(by))?.leader ?? undefined;
    });
  }

  /** Makes a node lead. */
  async lead(name: string): Promise<void> {
    const path = '/v1/cluster/groups/coordination/transfer';
    await eventually(`${name} leads`, READY_DEADLINE_MS, async () => {
      const answer = await this.node(name).http.post(path, { to: name });
      return answer.status === 200 ? true : undefined;
    });
  }

  async close(): Promise<void> {
    this.forgetFailures();
    const nodes = [...this.nodes.values()];
    await Promise.all(nodes.map(async (node) => await node.kill()));
    await Promise.all(nodes.map(async (node) => await node.http.close()));
    this.claim.release();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private make(
    name: string,
    peers: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ServerProcess {
    const known = [...new Set(peers)];
    const node = new ServerProcess({
      NODE_ID: name,
      PEERS: known.map((peer) => `${peer}=${this.peerAddress(peer)}`).join(','),
      HTTP_PORT: String(this.port(name, 0)),
      PEER_PORT: String(this.port(name, 1)),
      DATA_DIR: join(this.dataDir, name),
      LOG_FORMAT: 'json',
      SHARDS: String(TEST_SHARDS),
      ...this.env,
      ...env,
    });
    this.nodes.set(name, node);
    return node;
  }

  private port(name: string, which: 0 | 1): number {
    const index = (Number(name.slice('node'.length)) - 1) * 2 + which;
    const port = this.claim.ports[index];
    if (port === undefined) throw new Error(`no port was claimed for ${name}`);
    return port;
  }

  private printLogs(): void {
    const text = [...this.nodes].flatMap(([name, node]) => [
      `--- ${name} ---`,
      ...node.log.slice(-LOG_LINES_PRINTED_MAX),
    ]);
    process.stderr.write(`${text.join('\n')}\n`);
  }
}

/** The same state for several members. */
export function states(names: readonly string[], state: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, state]));
}
