import { join } from 'node:path';
import type { Role } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import type { ClusterOptions } from '../arguments/arguments.js';
import { PEER_PORT_OFFSET } from '../limits.js';

/** Where and as what one node runs. */
export interface NodePlan {
  /** 1 for node1; what the terminal's commands name. */
  readonly number: number;
  readonly nodeId: string;
  readonly httpPort: number;
  readonly httpUrl: string;
  readonly peerPort: number;
  readonly roles: readonly Role[];
  /** Absolute path, a folder of its own in the cluster's data folder. */
  readonly dataDir: string;
  /** The variables that make a server this node; they win over the launcher's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';

/** The nodes of a cluster on this machine, node1 first. */
export function planCluster(options: ClusterOptions): readonly NodePlan[] {
  invariant(options.roles.length === options.nodes, 'planCluster: one list of roles for each node');
  const numbers = options.roles.map((_, index) => index + 1);
  const peers = numbers
    .map((number) => `node${number}=${HOST}:${peerPortOf(options, number)}`)
    .join(',');
  return options.roles.map((roles, index) => {
    const number = index + 1;
    const nodeId = `node${number}`;
    const httpPort = options.basePort + index;
    const httpUrl = `http://${HOST}:${httpPort}`;
    const dataDir = join(options.dataFolder, nodeId);
    const peerPort = peerPortOf(options, number);
    const environment = {
      NODE_ID: nodeId,
      PEERS: peers,
      HTTP_HOST: HOST,
      HTTP_PORT: String(httpPort),
      HTTP_URL: httpUrl,
      PEER_HOST: HOST,
      PEER_PORT: String(peerPort),
      DATA_DIR: dataDir,
      ROLES: roles.join(','),
      QUEUE_STORE: options.queueStore,
      CACHE_STORE: options.cacheStore,
      REDIS_URL: options.redisUrl ?? '',
      LOG_FORMAT: 'json',
      FAULT_INJECTION: 'true',
      EXIT_WITH_PARENT: 'true',
    };
    return { number, nodeId, httpPort, httpUrl, peerPort, roles, dataDir, environment };
  });
}

function peerPortOf(options: ClusterOptions, number: number): number {
  return options.basePort + PEER_PORT_OFFSET + number - 1;
}
