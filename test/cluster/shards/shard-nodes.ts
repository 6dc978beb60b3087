import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterRouter } from '@sinkron/cluster';
import { parseConfiguration } from '@sinkron/config';
import { ConsensusService } from '@sinkron/consensus';
import { createNode, type RunningNode } from '../../../apps/node/src/create-node.js';
import { eventually } from '../../support/eventually.js';
import { claimPorts, type PortClaim } from '../../support/free-ports.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { RegisterMachine } from './register-machine.js';

/** Beside the real ones, on the nodes with the role of queues. */
const FAMILY = 'registers';
const NODES_MAX = 5;
/** Four nodes and more share this process: on a busy machine each of them has little of it. */
const REQUEST_MS = 30_000;

export interface GroupSeen {
  readonly id: string;
  readonly leader: string | null;
  readonly term: number;
  readonly replicas: readonly string[];
  readonly learners: readonly string[];
  readonly changing: boolean;
}

export interface Ring {
  readonly shard: number;
  readonly group: string;
  readonly leader: string | null;
  readonly replicas: readonly string[];
  readonly ring: readonly { readonly nodeId: string; readonly share: number }[];
}

/** Whole nodes in this process, with shards of registers beside those of queues. */
export class ShardNodes {
  private readonly running = new Map<string, RunningNode>();

  private constructor(
    private readonly claim: PortClaim,
    private readonly folder: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async make(environment: Readonly<Record<string, string>> = {}): Promise<ShardNodes> {
    const claim = await claimPorts(Array.from({ length: NODES_MAX * 2 }, (_, index) => index));
    const folder = await mkdtemp(join(tmpdir(), 'sinkron-shards-'));
    return new ShardNodes(claim, folder, environment);
  }

  /** Starts founders, all with each other in PEERS, and waits until they are ready. */
  async found(roles: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(roles);
    await Promise.all(names.map((name) => this.start(name, roles[name] ?? '', names)));
    await Promise.all(names.map((name) => this.untilReady(name)));
  }

  /** Starts a node without waiting for it to be ready. */
  async start(name: string, roles: string, peers: readonly string[]): Promise<void> {
    const node = await createNode(
      parseConfiguration({
        NODE_ID: name,
        PEERS: peers.map((peer) => `${peer}=${this.peerAddress(peer)}`).join(','),
        ROLES: roles,
        HTTP_PORT: String(this.port(name, 0)),
        PEER_PORT: String(this.port(name, 1)),
        DATA_DIR: join(this.folder, name),
        LOG_LEVEL: process.env['SHARDS_LOG_LEVEL'] ?? 'silent',
        ...this.environment,
      }),
    );
    node.app.get(ClusterRouter).registerFamily(FAMILY, 'queues', () => new RegisterMachine());
    this.running.set(name, node);
    // Who waits to be let in waits here as long.
    node.start().catch(() => undefined);
    await eventually(`${name} answers`, READY_DEADLINE_MS, async () => {
      return (await this.look(name, '/health/live')).status === 200 ? true : undefined;
    });
  }

  async stop(name: string): Promise<void> {
    await this.running.get(name)?.stop();
    this.running.delete(name);
  }

  async wipe(name: string): Promise<void> {
    await rm(join(this.folder, name), { recursive: true });
  }

  async close(): Promise<void> {
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
    this.claim.release();
    await rm(this.folder, { recursive: true, force: true });
  }

  peerAddress(name: string): string {
    return `127.0.0.1:${this.port(name, 1)}`;
  }

  async add(name: string, roles: string, by = 'node1'): Promise<void> {
    const body = { nodeId: name, address: this.peerAddress(name), roles: roles.split(',') };
    const { status } = await this.send(by, 'POST', '/v1/cluster/members', body);
    expect(status).toBe(202);
  }

  async untilReady(name: string): Promise<void> {
    let body: unknown;
    try {
      await eventually(`${name} is ready`, READY_DEADLINE_MS, async () => {
        const seen = await this.look(name, '/health/ready');
        body = seen.body;
        return seen.status === 200 ? true : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}: ${JSON.stringify(body)}`);
    }
  }

  /** The shards of a family as a node sees them. */
  async shards(by = 'node1', family = FAMILY): Promise<readonly GroupSeen[]> {
    const { body } = await this.look(by, '/v1/cluster');
    const { groups } = body as { readonly groups: readonly GroupSeen[] };
    return groups.filter(({ id }) => id.startsWith(`${family}-`));
  }

  /** The shards as their leaders see them, of which nobody knows more, waiting until each has one. */
  async ledShards(names: readonly string[], count: number): Promise<readonly GroupSeen[]> {
    return await eventually(
      'each shard has a leader that tells of it',
      READY_DEADLINE_MS,
      async () => {
        const newest = new Map<string, GroupSeen>();
        for (const name of names) {
          for (const shard of await this.shards(name)) {
            const known = newest.get(shard.id);
            if (shard.leader === name && shard.term > (known?.term ?? -1))
              newest.set(shard.id, shard);
          }
        }
        return newest.size === count ? [...newest.values()] : undefined;
      },
    );
  }

  /** The shards in which the replica that a node has now votes, as that one's own log says. */
  votesOf(name: string): readonly string[] {
    return this.app(name)
      .get(ConsensusService)
      .groups()
      .filter(({ raft: { id, members } }) => {
        return members.voters.includes(id) && members.outgoingVoters.length === 0;
      })
      .map(({ group }) => group)
      .filter((group) => group.startsWith(`${FAMILY}-`));
  }

  async write(by: string, name: string, text: string): Promise<void> {
    const router = this.router(by);
    const target = { group: router.shardFor(FAMILY, name), machine: 'registers' };
    const deadlineMs = performance.now() + REQUEST_MS;
    await router.execute(target, [name, text], { deadlineMs });
  }

  async read(by: string, name: string): Promise<unknown> {
    const router = this.router(by);
    const target = { group: router.shardFor(FAMILY, name), machine: 'registers' };
    const deadlineMs = performance.now() + REQUEST_MS;
    return await router.query(target, name, { deadlineMs, consistency: 'linearizable' });
  }

  router(name: string): ClusterRouter {
    return this.app(name).get(ClusterRouter);
  }

  private app(name: string): RunningNode['app'] {
    const node = this.running.get(name);
    if (node === undefined) throw new Error(`${name} does not run`);
    return node.app;
  }

  async send(
    by: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.port(by, 0)}${path}`, {
      method,
      headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async look(
    by: string,
    path: string,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    try {
      return await this.send(by, 'GET', path);
    } catch {
      return { status: 0, body: null };
    }
  }

  private port(name: string, kind: 0 | 1): number {
    return this.claim.ports[(Number(name.slice('node'.length)) - 1) * 2 + kind] ?? 0;
  }
}
