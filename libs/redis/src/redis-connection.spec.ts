import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigurationError, ConfigurationModule, parseConfiguration } from '@sinkron/config';
import { Cluster, Redis } from 'ioredis';
import { RedisConnection } from './redis-connection.js';
import { RedisModule } from './redis.module.js';

/** Listens like Redis and says nothing; counts who comes. */
class SilentServer {
  readonly sockets = new Set<Socket>();
  connections = 0;
  private readonly server: Server = createServer((socket) => {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function applicationWith(environment: Record<string, string>) {
  const testing = await Test.createTestingModule({
    imports: [ConfigurationModule.of(parseConfiguration(environment)), RedisModule],
  }).compile();
  await testing.init();
  return { testing, redis: testing.get(RedisConnection) };
}

describe('RedisConnection', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('needs no Redis when no store asks for it', async () => {
    const { testing, redis } = await applicationWith({});
    expect(() => redis.client()).toThrow(
      new ConfigurationError([
        'REDIS_URL is not set, but must be the URL of a Redis server, because a store asks for it: set REDIS_URL=redis://127.0.0.1:6379, or QUEUE_STORE and CACHE_STORE to replicated.',
      ]),
    );
    await testing.close();
  });

  it('refuses a URL that cannot be read as the application starts', async () => {
    await expect(applicationWith({ REDIS_URL: 'redis://h1,h2' })).rejects.toThrow(
      ConfigurationError,
    );
  });

  it('connects with the first command, once, and leaves with the application', async () => {
    const server = new SilentServer();
    const port = await server.listen();
    const { testing, redis } = await applicationWith({
      REDIS_URL: `redis://127.0.0.1:${port}`,
      QUEUE_STORE: 'redis',
    });
    const client = redis.client();
    expect(redis.client()).toBe(client);
    expect(client).toBeInstanceOf(Redis);
    expect(client.status).toBe('wait');

    const answer = client.get('key').catch((error: Error) => error.message);
    await new Promise((resolve) => client.once('connect', resolve));
    expect(server.connections).toBe(1);
    await testing.close();
    expect(await answer).toBe('Connection is closed.');
    expect(client.status).toBe('end');
    await server.close();
    expect(server.connections).toBe(1);
  });

  it('fails a command with the attempt to connect, and does not send it later', async () => {
    const server = new SilentServer();
    const port = await server.listen();
    await server.close();
    const { testing, redis } = await applicationWith({ REDIS_URL: `redis://127.0.0.1:${port}` });
    await expect(redis.client().get('key')).rejects.toThrow(
      'Reached the max retries per request limit (which is 0)',
    );
    await testing.close();
  });

  it('makes a client of the kind that the URL says, with explicit options', async () => {
    const { redis: sentinel } = await applicationWith({ REDIS_URL: 'redis-sentinel://h1,h2/main' });
    const { redis: cluster } = await applicationWith({ REDIS_URL: 'redis-cluster://:pw@h1,h2' });
    const first = sentinel.client();
    if (!(first instanceof Redis)) throw new Error('a sentinel client is a Redis');
    expect(first.options).toMatchObject({
      sentinels: [
        { host: 'h1', port: 26_379 },
        { host: 'h2', port: 26_379 },
      ],
      name: 'main',
      lazyConnect: true,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: true,
      connectTimeout: 2_000,
    });
    expect([1, 5, 20, 1_000].map((attempt) => first.options.retryStrategy?.(attempt))).toEqual([
      50, 250, 1_000, 1_000,
    ]);
    const second = cluster.client();
    if (!(second instanceof Cluster)) throw new Error('a cluster client is a Cluster');
    expect(second.status).toBe('wait');
    expect(second.options).toMatchObject({
      lazyConnect: true,
      maxRedirections: 8,
      scaleReads: 'master',
      redisOptions: { password: 'pw', autoResendUnfulfilledCommands: false },
    });
  });

  const url = process.env['REDIS_URL'];
  (url === undefined ? it.skip : it)('talks to the server of REDIS_URL', async () => {
    const { testing, redis } = await applicationWith({ REDIS_URL: url ?? '' });
    const key = `sinkron-test:${process.pid}`;
    try {
      await redis.client().set(key, 'there', 'PX', 10_000);
      expect(await redis.client().get(key)).toBe('there');
      expect(await redis.client().del(key)).toBe(1);
    } finally {
      await testing.close();
    }
  });
});
