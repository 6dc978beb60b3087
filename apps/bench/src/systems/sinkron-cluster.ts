import { join } from 'node:path';
import { READY_DEADLINE_MS } from '../limits.js';
import { eventually } from '../processes/eventually.js';
import type { ExitDuties } from '../processes/exit-duties.js';
import { freePorts } from '../processes/free-ports.js';
import { ServerProcess } from '../processes/server-process.js';
import { createDataFolder } from './data-folder.js';
import { look, lookJson } from './look.js';
import { endServers, startServers, untilServersReady } from './start-servers.js';
import type { SystemPlan, SystemUnderTest } from './system-under-test.js';

/** Of a node that joins: all, as the others have by default. */
const ROLES = ['locks', 'queues', 'caches', 'ledger'];

/** Nodes of this very build, with their defaults. */
export function sinkronPlan(nodes: number, serverFile: string, duties: ExitDuties): SystemPlan {
  return {
    id: `sinkron-${nodes}`,
    label: `Sinkron, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    kind: 'sinkron',
    start: async () => await startSinkron(nodes, serverFile, duties),
  };
}

/** A cluster that another node can join. */
export interface SinkronCluster extends SystemUnderTest {
  readonly urls: readonly string[];
  /** Adds one more node and starts it; it may still have to catch up. @returns its name. */
  grow(): Promise<string>;
}

export async function startSinkron(
  nodes: number,
  serverFile: string,
  duties: ExitDuties,
): Promise<SinkronCluster> {
  const folder = createDataFolder(duties);
  const ports = await freePorts(nodes * 2);
  const indexes = Array.from({ length: nodes }, (_, index) => index);
  const httpPort = (index: number): number => ports[index] ?? 0;
  const peerPort = (index: number): number => ports[nodes + index] ?? 0;
  const peers = indexes.map((index) => `node${index + 1}=127.0.0.1:${peerPort(index)}`).join(',');
  const create = (name: string, known: string, http: number, peer: number): ServerProcess => {
    const environment = {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      // As docs/operation.md starts a node.
      MALLOC_ARENA_MAX: '2',
      EXIT_WITH_PARENT: 'true',
      NODE_ID: name,
      PEERS: known,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(http),
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(peer),
      DATA_DIR: join(folder.path, name),
      LOG_LEVEL: 'warn',
    };
    return new ServerProcess(
      { name, program: process.execPath, args: [serverFile], environment },
      duties,
    );
  };
  const servers = indexes.map((index) => {
    return create(`node${index + 1}`, peers, httpPort(index), peerPort(index));
  });
  const urls = indexes.map((index) => `http://127.0.0.1:${httpPort(index)}`);
  const cluster: SinkronCluster = {
    target: { kind: 'sinkron', urls },
    urls,
    servers,
    grow: async () => {
      const name = `node${servers.length + 1}`;
      const [http = 0, peer = 0] = await freePorts(2);
      const address = `127.0.0.1:${peer}`;
      const body = JSON.stringify({ nodeId: name, address, roles: ROLES });
      const headers = { 'content-type': 'application/json' };
      const url = `${urls[0] ?? ''}/v1/cluster/members`;
      if ((await look(url, { method: 'POST', headers, body })) === null) {
        throw new Error(`${name} could not be added`);
      }
      const server = create(name, `${peers},${name}=${address}`, http, peer);
      servers.push(server);
      server.start();
      return name;
    },
    untilReady: async () => {
      const ready = async (index: number): Promise<boolean> =>
        (await look(`${urls[index] ?? ''}/health/ready`)) !== null;
      await untilServersReady(servers.slice(0, nodes), ready);
    },
    leader: async () => await leaderOf(urls, servers),
    close: async () => {
      await endServers(servers, folder);
    },
  };
  await startServers(cluster);
  return cluster;
}

/** The leader that all nodes agree on, and that runs. */
async function leaderOf(
  urls: readonly string[],
  servers: readonly ServerProcess[],
): Promise<ServerProcess> {
  return await eventually('the nodes agree on a leader', READY_DEADLINE_MS, async () => {
    const path = '/v1/cluster/leader?group=coordination';
    const answers = await Promise.all(urls.map(async (url) => await lookJson(`${url}${path}`)));
    const names = new Set(answers.map((answer) => answer?.['nodeId']));
    const [name] = names;
    if (names.size !== 1 || typeof name !== 'string') return undefined;
    return servers.find((server) => server.name === name && server.pid !== undefined);
  });
}
