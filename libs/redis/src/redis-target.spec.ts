import { ConfigurationError } from '@sinkron/config';
import { parseRedisUrl } from './redis-target.js';

const plain = { username: undefined, password: undefined, tls: false };
const FORMS =
  'set it to redis://host:port/0, rediss://host:port/0, redis-sentinel://host1,host2/master-name or redis-cluster://host1,host2.';

describe('parseRedisUrl', () => {
  it.each([
    [
      'redis://redis',
      { ...plain, kind: 'single', address: { host: 'redis', port: 6379 }, database: 0 },
    ],
    [
      'redis://127.0.0.1:7000/3',
      { ...plain, kind: 'single', address: { host: '127.0.0.1', port: 7000 }, database: 3 },
    ],
    [
      'redis://[::1]/',
      { ...plain, kind: 'single', address: { host: '::1', port: 6379 }, database: 0 },
    ],
    [
      'redis://:p%40ss%2F@h',
      {
        ...plain,
        password: 'p@ss/',
        kind: 'single',
        address: { host: 'h', port: 6379 },
        database: 0,
      },
    ],
    [
      'rediss://user:a:b@h:1',
      {
        tls: true,
        username: 'user',
        password: 'a:b',
        kind: 'single',
        address: { host: 'h', port: 1 },
        database: 0,
      },
    ],
    [
      'redis-sentinel://:pw@s1,s2:5000/main%20one',
      {
        ...plain,
        password: 'pw',
        kind: 'sentinel',
        sentinels: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 5_000 },
        ],
        masterName: 'main one',
      },
    ],
    [
      'redis-cluster://h1:7000,[::1]:7001,h3',
      {
        ...plain,
        kind: 'cluster',
        nodes: [
          { host: 'h1', port: 7_000 },
          { host: '::1', port: 7_001 },
          { host: 'h3', port: 6_379 },
        ],
      },
    ],
  ])('reads %s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    ['http://:secret@h', 'has another form'],
    ['redis://', 'has another form'],
    ['redis://:secret@', 'has another form'],
    ['redis://h/0/secret', 'has another form'],
    ['redis://:sec@ret@h', 'has another form'],
    ['redis://:%zzsecret@h', 'is not percent-encoded'],
    ['redis://h1,h2', 'names more than one host'],
    ['redis://h/secret', 'has a database that is no number'],
    ['redis://h:0', 'has a host that is none'],
    ['redis://h:65536', 'has a host that is none'],
    ['redis://::1', 'has a host that is none'],
    ['redis-cluster://h1,', 'has a host that is none'],
    ['redis-sentinel://h1,h2', 'names no master'],
    ['redis-sentinel://h1,h2/', 'names no master'],
  ])('refuses %s, without repeating it', (url, what) => {
    expect(() => parseRedisUrl(url)).toThrow(
      new ConfigurationError([`REDIS_URL ${what}: ${FORMS}`]),
    );
  });
});
