import { resolve } from 'node:path';
import { parseConfiguration } from './parse-configuration.js';

describe('parseConfiguration', () => {
  it('makes a node alone of an empty environment', () => {
    expect(parseConfiguration({})).toEqual({
      nodeId: 'node1',
      peers: [{ nodeId: 'node1', host: '127.0.0.1', port: 9001 }],
      httpHost: '127.0.0.1',
      httpPort: 8001,
      httpUrl: 'http://127.0.0.1:8001',
      peerHost: '127.0.0.1',
      peerPort: 9001,
      peerSecret: undefined,
      dataDir: resolve('.data/node1'),
      roles: ['locks', 'queues', 'caches', 'ledger'],
      shards: 8,
      replicationFactor: 3,
      queueStore: 'replicated',
      cacheStore: 'replicated',
      redisUrl: undefined,
      logLevel: 'info',
      logFormat: 'json',
      faultInjection: false,
      heartbeatMs: 50,
      drainTimeoutMs: 10_000,
      replaceAfterMs: 600_000,
      corsOrigins: [],
      rateLimitPerSecond: undefined,
    });
  });

  it('reads every variable', () => {
    expect(
      parseConfiguration({
        NODE_ID: 'b-2',
        PEERS: 'c=[::1]:9003, b-2=sinkron.internal:9002 ,a=10.0.0.1:9001',
        HTTP_HOST: '::1',
        HTTP_PORT: '8002',
        HTTP_URL: 'https://b.example.com/sinkron/',
        PEER_HOST: '0.0.0.0',
        PEER_PORT: '9002',
        PEER_SECRET: 'sixteen letters!',
        DATA_DIR: '/var/lib/sinkron',
        ROLES: 'ledger, locks',
        SHARDS: '4096',
        REPLICATION_FACTOR: '7',
        QUEUE_STORE: 'redis',
        CACHE_STORE: 'redis',
        REDIS_URL: 'redis-sentinel://h1,h2/main',
        LOG_LEVEL: 'trace',
        LOG_FORMAT: 'pretty',
        FAULT_INJECTION: 'true',
        HEARTBEAT_MS: '10',
        DRAIN_TIMEOUT_MS: '0',
        REPLACE_AFTER_MS: '10000',
        CORS_ORIGINS: 'https://app.example.com,http://localhost:3000',
        RATE_LIMIT_PER_SECOND: '1000000',
      }),
    ).toEqual({
      nodeId: 'b-2',
      peers: [
        { nodeId: 'a', host: '10.0.0.1', port: 9001 },
        { nodeId: 'b-2', host: 'sinkron.internal', port: 9002 },
        { nodeId: 'c', host: '::1', port: 9003 },
      ],
      httpHost: '::1',
      httpPort: 8002,
      httpUrl: 'https://b.example.com/sinkron',
      peerHost: '0.0.0.0',
      peerPort: 9002,
      peerSecret: 'sixteen letters!',
      dataDir: '/var/lib/sinkron',
      roles: ['locks', 'ledger'],
      shards: 4096,
      replicationFactor: 7,
      queueStore: 'redis',
      cacheStore: 'redis',
      redisUrl: 'redis-sentinel://h1,h2/main',
      logLevel: 'trace',
      logFormat: 'pretty',
      faultInjection: true,
      heartbeatMs: 10,
      drainTimeoutMs: 0,
      replaceAfterMs: 10_000,
      corsOrigins: ['https://app.example.com', 'http://localhost:3000'],
      rateLimitPerSecond: 1_000_000,
    });
  });

  it('counts empty variables as unset and ignores those that mean nothing', () => {
    expect(parseConfiguration({ NODE_ID: ' ', SHARDS: '', HOME: '/root', SHARD: 'x' })).toEqual(
      parseConfiguration({}),
    );
  });

  it('brackets IPv6 in the advertised URL', () => {
    expect(parseConfiguration({ HTTP_HOST: '::1', HTTP_PORT: '80' }).httpUrl).toBe(
      'http://[::1]:80',
    );
  });

  it('is frozen through', () => {
    const configuration = parseConfiguration({ CORS_ORIGINS: 'http://a' });
    const parts = [
      configuration,
      configuration.peers,
      configuration.peers[0],
      configuration.roles,
      configuration.corsOrigins,
    ];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true, true]);
  });
});
