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

const NODES = 3;

/** Three etcd servers with etcd's defaults. */
export function etcdPlan(program: string, moduleFile: string, duties: ExitDuties): SystemPlan {
  return {
    id: `etcd-${NODES}`,
    label: `etcd, ${NODES} nodes`,
    kind: 'etcd',
    start: async () => await startEtcd(program, moduleFile, duties),
  };
}

async function startEtcd(
  program: string,
  moduleFile: string,
  duties: ExitDuties,
): Promise<SystemUnderTest> {
  const folder = createDataFolder(duties);
  const ports = await freePorts(NODES * 2);
  const indexes = Array.from({ length: NODES }, (_, index) => index);
  const endpoints = indexes.map((index) => `127.0.0.1:${ports[index] ?? 0}`);
  const peerUrls = indexes.map((index) => `http://127.0.0.1:${ports[NODES + index] ?? 0}`);
  const servers = indexes.map((index) => {
    const name = `etcd${index + 1}`;
    const clientUrl = `http://${endpoints[index] ?? ''}`;
    const peerUrl = peerUrls[index] ?? '';
    const settings = {
      name,
      'data-dir': join(folder.path, name),
      'listen-client-urls': clientUrl,
      'advertise-client-urls': clientUrl,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': peerUrls.map((url, other) => `etcd${other + 1}=${url}`).join(','),
      'log-level': 'error',
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]);
    const environment = { PATH: process.env['PATH'] ?? '' };
    return new ServerProcess({ name, program, args, environment }, duties);
  });
  const ready = async (index: number): Promise<boolean> =>
    (await look(`http://${endpoints[index] ?? ''}/health`))?.includes('true') === true;
  return await startServers({
    target: { kind: 'peer', moduleFile, endpoints },
    servers,
    untilReady: async () => {
      await untilServersReady(servers, ready);
    },
    leader: async () => await leaderOf(endpoints, servers),
    close: async () => {
      await endServers(servers, folder);
    },
  });
}

/** The server that says of itself that it leads. */
async function leaderOf(
  endpoints: readonly string[],
  servers: readonly ServerProcess[],
): Promise<ServerProcess> {
  return await eventually('etcd has a leader', READY_DEADLINE_MS, async () => {
    const leads = await Promise.all(endpoints.map(isLeader));
    return servers[leads.indexOf(true)];
  });
}

async function isLeader(endpoint: string): Promise<boolean> {
  const url = `http://${endpoint}/v3/maintenance/status`;
  const status = await lookJson(url, { method: 'POST', body: '{}' });
  const header = status?.['header'];
  if (status === null || typeof header !== 'object' || header === null) return false;
  return 'member_id' in header && header.member_id === status['leader'];
}
