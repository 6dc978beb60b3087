import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfiguration } from '@sinkron/config';
import request from 'supertest';
import { createNode, type RunningNode } from '../../apps/node/src/create-node.js';
import { eventually } from '../support/eventually.js';
import { claimPorts, type PortClaim } from '../support/free-ports.js';
import { READY_DEADLINE_MS, TEST_SHARDS } from '../support/limits.js';

/** One whole node in this process, a cluster of itself, on free ports and in a temporary folder. */
export class RealNode {
  private constructor(
    readonly node: RunningNode,
    readonly httpPort: number,
    private readonly dataDir: string,
    private readonly claim: PortClaim,
  ) {}

  /** @param environment variables over those of the harness. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<RealNode> {
    const claim = await claimPorts([0, 1]);
    const [httpPort = 0, peerPort = 0] = claim.ports;
    const dataDir = await mkdtemp(join(tmpdir(), 'sinkron-e2e-'));
    const node = await createNode(
      parseConfiguration({
        NODE_ID: 'node1',
        HTTP_PORT: String(httpPort),
        PEER_PORT: String(peerPort),
        DATA_DIR: dataDir,
        LOG_LEVEL: 'silent',
        SHARDS: String(TEST_SHARDS),
        ...environment,
      }),
    );
    const real = new RealNode(node, httpPort, dataDir, claim);
    await node.start();
    await eventually('the node is ready', READY_DEADLINE_MS, async () => {
      const answer = await real.http.get('/health/ready');
      return answer.status === 200 ? true : undefined;
    });
    return real;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** Asks over a connection of its own. */
  get http() {
    return request(this.url);
  }

  /** Sends a JSON body. */
  async post(
    path: string,
    body: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<request.Response> {
    return await this.http.post(path).set(headers).send(body);
  }

  async get(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<request.Response> {
    return await this.http.get(path).set(headers);
  }

  /** Who holds what: all locks without the ends of their leases, which are told to the millisecond. */
  async locks(): Promise<readonly unknown[]> {
    const { body } = await this.get('/v1/locks?limit=1000');
    return body.locks.map((lock: { readonly holders: readonly object[] }) => ({
      ...lock,
      holders: lock.holders.map((holder) => ({ ...holder, expiresAt: undefined })),
    }));
  }

  async stop(): Promise<void> {
    await this.node.stop();
    this.claim.release();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
