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

/** Nodes of this very build, with their defaults. */
export function sinkronPlan(nodes: number, serverFile: string, duties: ExitDuties): SystemPlan {
  return {
    id: `sinkron-${nodes}`,
    label: `Sinkron, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    kind: 'sinkron',
    start: async () => await startSinkron(nodes, serverFile, duties),
  };
}

async function startSinkron(
  nodes: number,
  serverFile: string,
  duties: ExitDuties,
): Promise<SystemUnderTest> {
  const folder = createDataFolder(duties);
  const ports = await freePorts(nodes * 2);
  const indexes = Array.from({ length: nodes }, (_, index) => index);
  const httpPort = (index: number): number => ports[index] ?? 0;
  const peerPort = (index: number): number => ports[nodes + index] ?? 0;
  const peers = indexes.map((index) => `node${index + 1}=127.0.0.1:${peerPort(index)}`).join(',');
  const servers = indexes.map((index) => {
    const environment = {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      EXIT_WITH_PARENT: 'true',
      NODE_ID: `node${index + 1}`,
      PEERS: peers,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(httpPort(index)),
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(peerPort(index)),
      DATA_DIR: join(folder.path, `node${index + 1}`),
      LOG_LEVEL: 'warn',
    };
    const name = `node${index + 1}`;
    return new ServerProcess(
      { name, program: process.execPath, args: [serverFile], environment },
      duties,
    );
  });
  const urls = indexes.map((index) => `http://127.0.0.1:${httpPort(index)}`);
  return await startServers({
    target: { kind: 'sinkron', urls },
    servers,
    untilReady: async () => {
      const ready = async (index: number): Promise<boolean> =>
        (await look(`${urls[index] ?? ''}/health/ready`)) !== null;
      await untilServersReady(servers, ready);
    },
    leader: async () => await leaderOf(urls, servers),
    close: async () => {
      await endServers(servers, folder);
    },
  });
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
