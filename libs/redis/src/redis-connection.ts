import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, ConfigurationError, type SinkronConfiguration } from '@sinkron/config';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import {
  CONNECT_TIMEOUT_MS,
  DISCONNECT_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REDIRECTIONS_MAX,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_STEP_MS,
} from './limits.js';
import { parseRedisUrl, type RedisTarget } from './redis-target.js';

/** The node's one connection to Redis, made when it is first asked for. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  private readonly target: RedisTarget | undefined;
  private connected: Redis | Cluster | undefined;

  /** @throws ConfigurationError when `REDIS_URL` cannot be read. */
  constructor(@Inject(CONFIGURATION) { redisUrl }: Pick<SinkronConfiguration, 'redisUrl'>) {
    this.target = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
  }

  /**
   * The client, which connects with its first command. While Redis is away a command fails as soon
   * as an attempt to connect does; it was not sent then. One that was sent and not answered fails
   * too, and may have run.
   *
   * @throws ConfigurationError when `REDIS_URL` is not set.
   */
  client(): Redis | Cluster {
    this.connected ??= this.connect();
    return this.connected;
  }

  onApplicationShutdown(): void {
    this.connected?.disconnect();
  }

  private connect(): Redis | Cluster {
    if (this.target === undefined) {
      throw new ConfigurationError([
        'REDIS_URL is not set, but must be the URL of a Redis server, because a store asks for it: set REDIS_URL=redis://127.0.0.1:6379, or QUEUE_STORE and CACHE_STORE to replicated.',
      ]);
    }
    const client = clientOf(this.target);
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
        enableOfflineQueue: true,
        enableReadyCheck: true,
        maxRedirections: REDIRECTIONS_MAX,
        clusterRetryStrategy: pauseMs,
        scaleReads: 'master',
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
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    noDelay: true,
    enableReadyCheck: true,
    // A command that may have run must not be sent again: an XADD would be there twice.
    autoResendUnfulfilledCommands: false,
    // Commands wait for the attempt to connect that is under way, and fail with it.
    enableOfflineQueue: true,
    maxRetriesPerRequest: 0,
    retryStrategy: pauseMs,
  };
}

function pauseMs(attempt: number): number {
  return Math.min(attempt * RETRY_PAUSE_STEP_MS, RETRY_PAUSE_MS_MAX);
}
