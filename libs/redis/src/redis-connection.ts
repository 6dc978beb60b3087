import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, ConfigurationError, type SinkronConfiguration } from '@sinkron/config';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { CONNECT_TIMEOUT_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_STEP_MS } from './limits.js';
import { parseRedisUrl, type RedisTarget } from './redis-target.js';

/** The node's one connection to Redis, made when it is first asked for. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  private connected: Redis | Cluster | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Pick<SinkronConfiguration, 'redisUrl'>,
  ) {}

  /** @throws ConfigurationError when `REDIS_URL` is not set or cannot be read. */
  client(): Redis | Cluster {
    this.connected ??= this.connect();
    return this.connected;
  }

  onApplicationShutdown(): void {
    this.connected?.disconnect();
  }

  private connect(): Redis | Cluster {
    const { redisUrl } = this.configuration;
    if (redisUrl === undefined) {
      throw new ConfigurationError([
        'REDIS_URL is not set, but a store of Redis is used: set REDIS_URL, or QUEUE_STORE and CACHE_STORE to replicated.',
      ]);
    }
    const client = clientOf(parseRedisUrl(redisUrl));
    client.on('error', (error: Error) => this.logger.warn(`Redis: ${error.message}`));
    return client;
  }
}

function clientOf(target: RedisTarget): Redis | Cluster {
  const options = optionsOf(target);
  switch (target.kind) {
    case 'single':
      return new Redis({ ...options, ...target.address, db: target.database });
    case 'sentinel':
      return new Redis({ ...options, sentinels: [...target.sentinels], name: target.masterName });
    case 'cluster':
      return new Cluster([...target.nodes], {
        lazyConnect: true,
        clusterRetryStrategy: pauseMs,
        redisOptions: options,
      });
  }
}

function optionsOf(target: RedisTarget): RedisOptions {
  return {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: 30_000,
    noDelay: true,
    enableReadyCheck: true,
    // A command that may have run must not be sent again: an XADD would be there twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Refuse at once while disconnected, rather than gather commands.
    enableOfflineQueue: false,
    retryStrategy: pauseMs,
  };
}

function pauseMs(attempt: number): number {
  return Math.min(attempt * RETRY_PAUSE_STEP_MS, RETRY_PAUSE_MS_MAX);
}
