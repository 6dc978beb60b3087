import { resolve } from 'node:path';
import type { LogFormat, LogLevel, SinkronConfiguration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';
import { EnvironmentReader } from './environment/environment-reader.js';
import { readHttp, readPeerListener } from './environment/network.js';
import { readPeers } from './environment/peers.js';
import { readStores } from './environment/stores.js';
import type { Environment } from './environment/variables.js';
import {
  CORS_ORIGINS_MAX,
  DRAIN_TIMEOUT_MS_MAX,
  HEARTBEAT_MS_MAX,
  HEARTBEAT_MS_MIN,
  NODE_ID_LENGTH_MAX,
  RATE_LIMIT_PER_SECOND_MAX,
  REPLACE_AFTER_MS_MAX,
  REPLACE_AFTER_MS_MIN,
  REPLICATION_FACTOR_MAX,
  SHARDS_MAX,
} from './limits.js';
import { isNodeId, nodeId, type NodeId } from './node-id.js';
import { ROLES, type Role } from './role.js';

const LOG_LEVELS: readonly LogLevel[] = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
];
const LOG_FORMATS: readonly LogFormat[] = ['json', 'pretty'];

/**
 * Reads the configuration from environment variables. It opens no file and no port; only the
 * working folder is looked up, to make `DATA_DIR` absolute.
 *
 * @throws ConfigurationError with all problems, one a line.
 */
export function parseConfiguration(environment: Environment): SinkronConfiguration {
  const reader = new EnvironmentReader(environment);
  const self = readNodeId(reader);
  const http = readHttp(reader);
  const peer = readPeerListener(reader, http);
  const configuration: SinkronConfiguration = {
    nodeId: self,
    httpHost: http.host,
    httpPort: http.port,
    httpUrl: http.url,
    peerHost: peer.host,
    peerPort: peer.port,
    peerSecret: peer.secret,
    peers: frozen(
      readPeers(reader, { nodeId: self, peerHost: peer.host, peerPort: peer.port }).map((address) =>
        Object.freeze(address),
      ),
    ),
    dataDir: resolve(reader.text('DATA_DIR') ?? `.data/${self}`),
    roles: frozen(readRoles(reader)),
    shards: reader.integer('SHARDS', { min: 1, max: SHARDS_MAX, fallback: 8 }),
    replicationFactor: reader.integer('REPLICATION_FACTOR', {
      min: 1,
      max: REPLICATION_FACTOR_MAX,
      fallback: 3,
    }),
    ...readStores(reader),
    logLevel: reader.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    logFormat: reader.choice('LOG_FORMAT', LOG_FORMATS, 'json'),
    faultInjection: reader.flag('FAULT_INJECTION', false),
    ...readTimes(reader),
    corsOrigins: frozen(readCorsOrigins(reader)),
    rateLimitPerSecond: reader.integer('RATE_LIMIT_PER_SECOND', {
      min: 1,
      max: RATE_LIMIT_PER_SECOND_MAX,
      example: 1000,
    }),
  };
  if (reader.problems.length > 0) throw new ConfigurationError(reader.problems);
  return Object.freeze(configuration);
}

function frozen<T>(values: readonly T[]): readonly T[] {
  return Object.freeze([...values]);
}

function readNodeId(reader: EnvironmentReader): NodeId {
  const value = reader.text('NODE_ID');
  if (value !== undefined && isNodeId(value)) return value;
  if (value !== undefined) {
    reader.refuse('NODE_ID', {
      wants: `1 to ${NODE_ID_LENGTH_MAX} characters of a-z, 0-9 and -`,
      fix: 'set NODE_ID=node1 or remove it',
    });
  }
  return nodeId('node1');
}

function readTimes(reader: EnvironmentReader): {
  readonly heartbeatMs: number;
  readonly drainTimeoutMs: number;
  readonly replaceAfterMs: number;
} {
  return {
    heartbeatMs: reader.integer('HEARTBEAT_MS', {
      min: HEARTBEAT_MS_MIN,
      max: HEARTBEAT_MS_MAX,
      fallback: 50,
    }),
    drainTimeoutMs: reader.integer('DRAIN_TIMEOUT_MS', {
      min: 0,
      max: DRAIN_TIMEOUT_MS_MAX,
      fallback: 10_000,
    }),
    replaceAfterMs: reader.integer('REPLACE_AFTER_MS', {
      min: REPLACE_AFTER_MS_MIN,
      max: REPLACE_AFTER_MS_MAX,
      fallback: 600_000,
    }),
  };
}

function readRoles(reader: EnvironmentReader): readonly Role[] {
  const names = reader.list('ROLES');
  if (names === undefined) return ROLES;
  const known: readonly string[] = ROLES;
  const wrong = names.find((name, index) => !known.includes(name) || names.indexOf(name) < index);
  if (wrong !== undefined) {
    reader.refuse('ROLES', {
      wants: `a comma-separated list of ${ROLES.join(', ')}, each at most once`,
      fix: `set ROLES=${ROLES.join(',')} or remove it`,
    });
  }
  return ROLES.filter((role) => names.includes(role));
}

function readCorsOrigins(reader: EnvironmentReader): readonly string[] {
  const origins = reader.list('CORS_ORIGINS') ?? [];
  const wrong = origins.find(
    (origin) =>
      !/^https?:\/\//.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin,
  );
  if (wrong !== undefined || origins.length > CORS_ORIGINS_MAX) {
    reader.refuse('CORS_ORIGINS', {
      got: wrong === undefined ? `${origins.length} origins` : JSON.stringify(origins.join(',')),
      wants: `a comma-separated list of at most ${CORS_ORIGINS_MAX} origins like https://app.example.com, without paths and without *`,
      fix: 'write each origin as a browser sends it, or remove CORS_ORIGINS to keep browsers of other sites out',
    });
  }
  return origins;
}
