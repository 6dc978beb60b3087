import { parseArguments } from '../arguments/arguments.js';
import { planCluster, type NodePlan } from './cluster-plan.js';

function plan(argv: string): readonly NodePlan[] {
  const parsed = parseArguments(argv.split(' '), {}, '/work');
  if (parsed.kind !== 'start') throw new Error('expected start');
  return planCluster(parsed.options);
}

describe('planCluster', () => {
  it('gives every node its ports, folder, roles and the list of all peers', () => {
    const [, second] = plan('--nodes 2 --base-port 8101 --data d --roles node2:locks,ledger');
    expect(second).toEqual({
      number: 2,
      nodeId: 'node2',
      httpPort: 8102,
      httpUrl: 'http://127.0.0.1:8102',
      peerPort: 9102,
      roles: ['locks', 'ledger'],
      dataDir: '/work/d/node2',
      environment: {
        NODE_ID: 'node2',
        PEERS: 'node1=127.0.0.1:9101,node2=127.0.0.1:9102',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '8102',
        HTTP_URL: 'http://127.0.0.1:8102',
        PEER_HOST: '127.0.0.1',
        PEER_PORT: '9102',
        DATA_DIR: '/work/d/node2',
        ROLES: 'locks,ledger',
        QUEUE_STORE: 'replicated',
        CACHE_STORE: 'replicated',
        REDIS_URL: '',
        LOG_FORMAT: 'json',
        FAULT_INJECTION: 'true',
        EXIT_WITH_PARENT: 'true',
      },
    });
  });

  it('passes the stores and the Redis server on', () => {
    const [only] = plan('--nodes 1 --cache-store redis --redis-url redis://h:1');
    expect(only?.environment).toMatchObject({
      PEERS: 'node1=127.0.0.1:9001',
      QUEUE_STORE: 'replicated',
      CACHE_STORE: 'redis',
      REDIS_URL: 'redis://h:1',
    });
  });
});
