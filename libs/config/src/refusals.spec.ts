import { ConfigurationError } from './configuration-error.js';
import type { Environment } from './environment/variables.js';
import { isNodeId, nodeId } from './node-id.js';
import { parseConfiguration } from './parse-configuration.js';

function refusal(environment: Environment): string {
  try {
    parseConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'accepted';
}

const PEERS_FORM =
  'a comma-separated list of id=host:port, each id 1 to 64 characters of a-z, 0-9 and -: write it like node1=127.0.0.1:9001,node2=127.0.0.1:9002.';
const SELF_LOOPBACK = 'a loopback address (127.0.0.1, ::1 or localhost)';
const ROLES_FORM =
  'a comma-separated list of locks, queues, caches, ledger, each at most once: set ROLES=locks,queues,caches,ledger or remove it.';
const URL_FORM =
  'an http or https URL without user, query and fragment: set it to the URL under which clients reach this node, like http://127.0.0.1:8001, or remove it.';
const REDIS_FORM =
  'redis://host:port, rediss://host:port, redis-sentinel://host1,host2/name or redis-cluster://host1,host2: set REDIS_URL=redis://127.0.0.1:6379 or remove it.';
const CORS_FORM =
  'a comma-separated list of at most 64 origins like https://app.example.com, without paths and without *: write each origin as a browser sends it, or remove CORS_ORIGINS to keep browsers of other sites out.';

describe('parseConfiguration refuses', () => {
  it.each<[string, Environment, string]>([
    [
      'a node id with capitals',
      { NODE_ID: 'Node1' },
      'NODE_ID is "Node1", but must be 1 to 64 characters of a-z, 0-9 and -: set NODE_ID=node1 or remove it.',
    ],
    [
      'a node id of 65 characters',
      { NODE_ID: 'n'.repeat(65) },
      `NODE_ID is "${'n'.repeat(65)}", but must be 1 to 64 characters of a-z, 0-9 and -: set NODE_ID=node1 or remove it.`,
    ],
    [
      'a host with a port',
      { HTTP_HOST: '127.0.0.1:80' },
      'HTTP_HOST is "127.0.0.1:80", but must be an IP address or a host name, without a port: set HTTP_HOST=127.0.0.1 or remove it.',
    ],
    [
      'a mistyped address',
      { PEER_HOST: '127.0.0.300' },
      'PEER_HOST is "127.0.0.300", but must be an IP address or a host name, without a port: set PEER_HOST=127.0.0.1 or remove it.',
    ],
    [
      'HTTP beyond loopback',
      { HTTP_HOST: '0.0.0.0' },
      `HTTP_HOST is "0.0.0.0", but must be ${SELF_LOOPBACK}, because authentication is not built yet and anyone who reaches the port could break every lock: set HTTP_HOST=127.0.0.1 and put a proxy that authenticates in front of it.`,
    ],
    [
      'peers beyond loopback without a secret',
      { PEER_HOST: '10.0.0.1' },
      `PEER_HOST is "10.0.0.1", but must be ${SELF_LOOPBACK} as long as PEER_SECRET is not set: set PEER_SECRET to the same 16 or more characters on every node, or PEER_HOST=127.0.0.1.`,
    ],
    [
      'a short secret, without showing it',
      { PEER_HOST: '10.0.0.1', PEER_SECRET: 'fifteen letters' },
      'PEER_SECRET is 15 characters long, but must be at least 16 characters long: make one with "openssl rand -hex 32" and set it on every node.',
    ],
    [
      'port 0',
      { HTTP_PORT: '0' },
      'HTTP_PORT is "0", but must be an integer from 1 to 65535: set HTTP_PORT=8001 or remove it.',
    ],
    [
      'port 65536',
      { PEER_PORT: '65536' },
      'PEER_PORT is "65536", but must be an integer from 1 to 65535: set PEER_PORT=9001 or remove it.',
    ],
    [
      'one port for HTTP and peers',
      { HTTP_PORT: '9001' },
      'PEER_PORT is 9001, but must be another port than HTTP_PORT: set PEER_PORT=9101.',
    ],
    [
      'an advertised URL that is none',
      { HTTP_URL: 'node1:8001' },
      `HTTP_URL is "node1:8001", but must be ${URL_FORM}`,
    ],
    [
      'an advertised URL with a password, without showing it',
      { HTTP_URL: 'http://admin:hunter2@node1' },
      `HTTP_URL is "http://admin:***@node1/", but must be ${URL_FORM}`,
    ],
    [
      'an advertised URL that does not parse',
      { HTTP_URL: '/x' },
      `HTTP_URL is "/x", but must be ${URL_FORM}`,
    ],
    [
      'an unknown role',
      { ROLES: 'locks,queue' },
      `ROLES is "locks,queue", but must be ${ROLES_FORM}`,
    ],
    ['a role twice', { ROLES: 'locks,locks' }, `ROLES is "locks,locks", but must be ${ROLES_FORM}`],
    ['a list of nothing', { ROLES: ',' }, `ROLES is ",", but must be ${ROLES_FORM}`],
    [
      'no shards',
      { SHARDS: '0' },
      'SHARDS is "0", but must be an integer from 1 to 4096: set SHARDS=8 or remove it.',
    ],
    [
      'half a replica',
      { REPLICATION_FACTOR: '2.5' },
      'REPLICATION_FACTOR is "2.5", but must be an integer from 1 to 7: set REPLICATION_FACTOR=3 or remove it.',
    ],
    [
      'a hexadecimal number',
      { HEARTBEAT_MS: '0x40' },
      'HEARTBEAT_MS is "0x40", but must be an integer from 10 to 1000: set HEARTBEAT_MS=50 or remove it.',
    ],
    [
      'a time that is too short',
      { REPLACE_AFTER_MS: '9999' },
      'REPLACE_AFTER_MS is "9999", but must be an integer from 10000 to 86400000: set REPLACE_AFTER_MS=600000 or remove it.',
    ],
    [
      'a negative time',
      { DRAIN_TIMEOUT_MS: '-1' },
      'DRAIN_TIMEOUT_MS is "-1", but must be an integer from 0 to 300000: set DRAIN_TIMEOUT_MS=10000 or remove it.',
    ],
    [
      'a limit of nothing',
      { RATE_LIMIT_PER_SECOND: '0' },
      'RATE_LIMIT_PER_SECOND is "0", but must be an integer from 1 to 1000000: set RATE_LIMIT_PER_SECOND=1000 or remove it.',
    ],
    [
      'an unknown store',
      { QUEUE_STORE: 'Redis' },
      'QUEUE_STORE is "Redis", but must be one of replicated, redis: set QUEUE_STORE=replicated or remove it.',
    ],
    [
      'Redis without its URL',
      { CACHE_STORE: 'redis' },
      'REDIS_URL is not set, but must be the URL of a Redis server, because CACHE_STORE is "redis": set REDIS_URL=redis://127.0.0.1:6379 or CACHE_STORE=replicated.',
    ],
    [
      'a Redis URL of another scheme, without showing a password',
      { REDIS_URL: 'http://:hunter2@redis' },
      `REDIS_URL is a URL that begins with "http", but must be ${REDIS_FORM}`,
    ],
    [
      'an unknown level',
      { LOG_LEVEL: 'verbose' },
      'LOG_LEVEL is "verbose", but must be one of fatal, error, warn, info, debug, trace, silent: set LOG_LEVEL=info or remove it.',
    ],
    [
      'an unknown format',
      { LOG_FORMAT: 'xml' },
      'LOG_FORMAT is "xml", but must be one of json, pretty: set LOG_FORMAT=json or remove it.',
    ],
    [
      'a flag that is neither',
      { FAULT_INJECTION: 'yes' },
      'FAULT_INJECTION is "yes", but must be one of true, false: set FAULT_INJECTION=false or remove it.',
    ],
    ['every origin', { CORS_ORIGINS: '*' }, `CORS_ORIGINS is "*", but must be ${CORS_FORM}`],
    [
      'an origin with a path',
      { CORS_ORIGINS: 'https://a/b' },
      `CORS_ORIGINS is "https://a/b", but must be ${CORS_FORM}`,
    ],
    [
      'too many origins',
      { CORS_ORIGINS: Array.from({ length: 65 }, (_, i) => `http://h${i}`).join(',') },
      `CORS_ORIGINS is 65 origins, but must be ${CORS_FORM}`,
    ],
  ])('%s', (_name, environment, message) => {
    expect(refusal(environment)).toBe(message);
  });

  it.each<[string, string, string]>([
    [
      'an entry without an id',
      '127.0.0.1:9001',
      `a list with the entry "127.0.0.1:9001", but must be ${PEERS_FORM}`,
    ],
    [
      'an entry without a port',
      'node1=127.0.0.1',
      `a list with the entry "node1=127.0.0.1", but must be ${PEERS_FORM}`,
    ],
    [
      'an IPv6 address without brackets',
      'node1=::1:9001',
      `a list with the entry "node1=::1:9001", but must be ${PEERS_FORM}`,
    ],
    [
      'a name in brackets',
      'node1=[localhost]:9001',
      `a list with the entry "node1=[localhost]:9001", but must be ${PEERS_FORM}`,
    ],
    [
      'a port out of range',
      'node1=127.0.0.1:70000',
      `a list with the entry "node1=127.0.0.1:70000", but must be ${PEERS_FORM}`,
    ],
    [
      'an empty entry',
      'node1=127.0.0.1:9001,',
      `a list with the entry "", but must be ${PEERS_FORM}`,
    ],
    [
      'an id twice',
      'node1=127.0.0.1:9001,node1=127.0.0.1:9002',
      'a list that has the id node1 twice, but must be a list in which every id and every address is there once: give each node an id and a host:port of its own.',
    ],
    [
      'an address twice',
      'node1=localhost:9001,node2=LOCALHOST:9001',
      'a list that has the address localhost:9001 twice, but must be a list in which every id and every address is there once: give each node an id and a host:port of its own.',
    ],
    [
      'a list without this node',
      'node2=127.0.0.1:9002,node3=127.0.0.1:9003',
      'a list of node2, node3, but must be a list that contains this node, whose NODE_ID is node1: add node1=127.0.0.1:9001 to PEERS or correct NODE_ID.',
    ],
    [
      'a list with another port for this node',
      'node1=127.0.0.1:9002',
      'a list in which node1 has the port 9002, but must be a list that gives this node its PEER_PORT, which is 9001: set PEER_PORT=9002 or correct the entry of node1.',
    ],
    [
      '65 nodes',
      Array.from({ length: 65 }, (_, i) => `node${i}=127.0.0.1:${9000 + i}`).join(','),
      'a list of 65 nodes, but must be a list of at most 64 nodes: remove the nodes that are too many.',
    ],
  ])('PEERS with %s', (_name, peers, rest) => {
    expect(refusal({ PEERS: peers })).toBe(`PEERS is ${rest}`);
  });

  it('reports all problems, one a line, and none that only follows from another', () => {
    expect(
      refusal({ NODE_ID: 'NODE', PEERS: 'node7=127.0.0.1:9001', SHARDS: 'many', ROLES: 'x' }),
    ).toBe(
      [
        'NODE_ID is "NODE", but must be 1 to 64 characters of a-z, 0-9 and -: set NODE_ID=node1 or remove it.',
        `ROLES is "x", but must be ${ROLES_FORM}`,
        'SHARDS is "many", but must be an integer from 1 to 4096: set SHARDS=8 or remove it.',
      ].join('\n'),
    );
  });
});

describe('nodeId', () => {
  it('brands what is a node id and throws for the rest', () => {
    expect([nodeId('a'), nodeId('n-1'.padEnd(64, '0')).length]).toEqual(['a', 64]);
    expect(['', 'A', 'a_b', 'a'.repeat(65), 'a\n'].map(isNodeId)).toEqual(Array(5).fill(false));
    expect(() => nodeId('A')).toThrow(
      new RangeError('a node id is 1 to 64 characters of a-z, 0-9 and -, not "A"'),
    );
  });
});
