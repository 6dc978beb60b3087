import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routesWithoutPermission } from '@sinkron/http';
import { TEST_SHARDS } from '../support/limits.js';
import { expectInvalid, expectProblem } from './expect-problem.js';
import { RealNode } from './real-node.js';

let node: RealNode;

beforeAll(async () => {
  node = await RealNode.start();
});
afterAll(async () => {
  await node.stop();
});

const ROLES = ['locks', 'queues', 'caches', 'ledger'];

describe('GET /', () => {
  it('says what this is and where to go', async () => {
    const { status, body } = await node.get('/');
    const text = await readFile(join(__dirname, '../../package.json'), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    expect(status).toBe(200);
    expect(body).toEqual({
      name: 'sinkron',
      version,
      nodeId: 'node1',
      roles: ROLES,
      links: expect.any(Object) as object,
    });
    for (const link of Object.values<string>(body.links)) {
      expect([link, (await node.get(link)).status]).toEqual([link, 200]);
    }
  });
});

const QUEUES = Array.from({ length: TEST_SHARDS }, (_, shard) => `queues-${shard}`);

describe('GET /v1/cluster', () => {
  it('shows the members and the groups', async () => {
    const { status, body } = await node.get('/v1/cluster');
    expect(status).toBe(200);
    expect(body).toEqual({
      nodeId: 'node1',
      members: [
        {
          nodeId: 'node1',
          address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
          httpUrl: node.url,
          roles: ROLES,
          state: 'member',
          status: 'alive',
          lastHeardMs: 0,
        },
      ],
      groups: ['coordination', ...QUEUES].map((id) => ({
        id,
        leader: 'node1',
        term: expect.any(Number) as number,
        replicas: ['node1'],
        learners: [],
        changing: false,
        commitIndex: expect.any(Number) as number,
      })),
    });
  });

  it('names the leader of a group', async () => {
    const expected = {
      group: 'coordination',
      nodeId: 'node1',
      url: node.url,
      term: expect.any(Number) as number,
    };
    for (const query of ['', '?group=coordination', '?consistency=linearizable']) {
      expect((await node.get(`/v1/cluster/leader${query}`)).body).toEqual(expected);
    }
    expectProblem(await node.get('/v1/cluster/leader?group=nothing'), 'RAFT_GROUP_NOT_FOUND', {
      detail: 'there is no group nothing',
    });
  });

  it('takes consistency like every GET, and nothing that it does not know', async () => {
    for (const url of ['/', '/v1/cluster', '/v1/cluster/leader', '/health/live', '/metrics']) {
      expect([url, (await node.get(`${url}?consistency=stale`)).status]).toEqual([url, 200]);
      expectInvalid(await node.get(`${url}?consistency=weak`), {
        field: 'consistency',
        message: 'must be one of linearizable, stale',
      });
      expectInvalid(await node.get(`${url}?verbose=1`), {
        field: 'verbose',
        message: 'is not a parameter of this route',
      });
    }
  });
});

describe('Health', () => {
  it('is alive', async () => {
    const { status, body } = await node.get('/health/live');
    expect([status, body]).toEqual([200, { status: 'ok', info: {}, error: {}, details: {} }]);
  });

  it('is ready once it knows the coordination leader and has caught up', async () => {
    const { status, body } = await node.get('/health/ready');
    const checks = {
      'coordination-leader': { status: 'up', detail: 'node1' },
      shards: { status: 'up' },
      replicas: { status: 'up' },
      members: { status: 'up' },
      membership: { status: 'up' },
      disk: { status: 'up' },
    };
    expect([status, body]).toEqual([
      200,
      { status: 'ok', info: checks, error: {}, details: checks },
    ]);
  });
});

describe('GET /metrics', () => {
  it('is the text format of Prometheus with every metric of the node', async () => {
    await node.post('/v1/locks/measured/acquire', { owner: 'one' });
    await node.get('/v1/locks/%C3%A9');
    await node.get('/no/such/route');
    const { status, headers, text } = await node.get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const types = Object.fromEntries(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
    );
    expect(types).toMatchObject({
      sinkron_raft_term: 'gauge',
      sinkron_raft_is_leader: 'gauge',
      sinkron_raft_commit_index: 'gauge',
      sinkron_raft_applied_index: 'gauge',
      sinkron_raft_proposals_total: 'counter',
      sinkron_raft_append_flush_seconds: 'histogram',
      sinkron_peer_round_trip_seconds: 'histogram',
      sinkron_locks_held: 'gauge',
      sinkron_http_request_duration_seconds: 'histogram',
      sinkron_event_loop_delay_seconds: 'gauge',
      process_cpu_seconds_total: 'counter',
      process_resident_memory_bytes: 'gauge',
      nodejs_eventloop_lag_seconds: 'gauge',
    });
    const foreign = Object.keys(types).filter((name) => !/^(sinkron|process|nodejs)_/.test(name));
    expect(foreign).toEqual([]);
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'sinkron_raft_is_leader{group="coordination"} 1',
        'sinkron_locks_held 1',
        expect.stringMatching(/^sinkron_raft_proposals_total\{.*group="coordination".*\} [1-9]/),
        expect.stringMatching(/^sinkron_raft_append_flush_seconds_count(\{.*\})? [1-9]/),
        ...['p50', 'p99', 'max'].map((statistic) =>
          expect.stringMatching(
            new RegExp(`^sinkron_event_loop_delay_seconds\\{statistic="${statistic}"\\} \\d`),
          ),
        ),
      ]),
    );
  });

  it('counts requests by route pattern, never by what the caller wrote', async () => {
    const { text } = await node.get('/metrics');
    const counts = text
      .split('\n')
      .filter((line) => line.startsWith('sinkron_http_request_duration_seconds_count'));
    const labels = (method: string, route: string, status: number) =>
      `sinkron_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"} 1`;
    expect(counts).toEqual(
      expect.arrayContaining([
        labels('POST', '/v1/locks/:name/acquire', 200),
        labels('GET', '/v1/locks/:name', 404),
        labels('unmatched', 'unmatched', 404),
      ]),
    );
    expect(text).not.toContain('%C3%A9');
    expect(text).not.toContain('/no/such/route');
  });
});

describe('Documentation', () => {
  it('is served as a page whose parts all exist', async () => {
    const { status, headers, text } = await node.get('/docs');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching('text/html')]);
    const parts = [...text.matchAll(/(?:src|href)="\.(\/docs\/[^"]+)"/g)].map(
      ([, url]) => url ?? '',
    );
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      expect([part, (await node.get(part)).status]).toEqual([part, 200]);
    }
  });

  it('describes every operation, with an example of every refusal', async () => {
    const { body } = await node.get('/docs-json');
    expect(body.openapi).toMatch(/^3\./);
    const operations = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        call: `${method.toUpperCase()} ${path}`,
        ...(operation as Operation),
      })),
    );
    expect(operations.map(({ call, operationId }) => [call, operationId])).toEqual([
      ['GET /', 'describeNode'],
      ['GET /health/live', 'checkLiveness'],
      ['GET /health/ready', 'checkReadiness'],
      ['GET /metrics', 'readMetrics'],
      ['GET /v1/cluster', 'describeCluster'],
      ['POST /v1/cluster/groups/{id}/transfer', 'transferGroup'],
      ['GET /v1/cluster/leader', 'findLeader'],
      ['POST /v1/cluster/members', 'addMember'],
      ['DELETE /v1/cluster/members/{nodeId}', 'removeMember'],
      ['GET /v1/cluster/ring', 'getRing'],
      ['GET /v1/lock-events', 'streamLockEvents'],
      ['GET /v1/locks', 'listLocks'],
      ['GET /v1/locks/{name}', 'getLock'],
      ['DELETE /v1/locks/{name}', 'breakLock'],
      ['POST /v1/locks/{name}/acquire', 'acquireLock'],
      ['POST /v1/locks/{name}/release', 'releaseLock'],
      ['POST /v1/locks/{name}/renew', 'renewLock'],
      ['POST /v1/multi-locks/acquire', 'acquireMultiLock'],
      ['POST /v1/multi-locks/release', 'releaseMultiLock'],
      ['POST /v1/multi-locks/renew', 'renewMultiLock'],
      ['GET /v1/queues', 'listTopics'],
      ['PUT /v1/queues/{topic}', 'configureTopic'],
      ['GET /v1/queues/{topic}', 'getTopic'],
      ['DELETE /v1/queues/{topic}', 'deleteTopic'],
      ['GET /v1/queues/{topic}/groups', 'listGroups'],
      ['PUT /v1/queues/{topic}/groups/{group}', 'createGroup'],
      ['GET /v1/queues/{topic}/groups/{group}', 'getGroup'],
      ['DELETE /v1/queues/{topic}/groups/{group}', 'deleteGroup'],
      ['POST /v1/queues/{topic}/groups/{group}/ack', 'ackMessages'],
      ['POST /v1/queues/{topic}/groups/{group}/extend', 'extendMessages'],
      ['POST /v1/queues/{topic}/groups/{group}/nack', 'nackMessages'],
      ['GET /v1/queues/{topic}/groups/{group}/pending', 'listPending'],
      ['POST /v1/queues/{topic}/groups/{group}/receive', 'receiveMessages'],
      ['POST /v1/queues/{topic}/groups/{group}/seek', 'seekGroup'],
      ['GET /v1/queues/{topic}/groups/{group}/stream', 'streamMessages'],
      ['DELETE /v1/queues/{topic}/messages', 'purgeTopic'],
      ['POST /v1/queues/{topic}/messages', 'publishMessages'],
      ['GET /v1/queues/{topic}/messages', 'listMessages'],
      ['GET /v1/queues/{topic}/messages/{id}', 'getMessage'],
      ['DELETE /v1/queues/{topic}/messages/{id}', 'deleteMessage'],
      ['POST /v1/queues/{topic}/redrive', 'redriveTopic'],
      ['POST /v1/sessions', 'createSession'],
      ['GET /v1/sessions', 'listSessions'],
      ['GET /v1/sessions/{id}', 'getSession'],
      ['DELETE /v1/sessions/{id}', 'deleteSession'],
      ['POST /v1/sessions/{id}/keepalive', 'keepSessionAlive'],
      ['GET /v1/wait-for-graph', 'getWaitForGraph'],
    ]);
    for (const { call, summary, tags, responses } of operations) {
      expect([call, summary]).toEqual([call, expect.stringMatching(/^[A-Z].{5}/)]);
      expect([call, tags?.length]).toEqual([call, 1]);
      for (const [status, { content }] of Object.entries(responses)) {
        const examples = content?.['application/problem+json']?.examples;
        if (Number(status) < 400 || call.endsWith('/health/ready')) continue;
        const codes = Object.entries(examples ?? {}).map(([code, { value }]) => {
          expect(value).toMatchObject({ code, status: Number(status), type: expect.any(String) });
          return code;
        });
        expect([call, status, codes.length]).toEqual([call, status, expect.any(Number)]);
        expect(codes.length).toBeGreaterThan(0);
      }
    }
  });

  it('knows every code that a refusal can have', async () => {
    const { body } = await node.get('/docs-json');
    expect(body.components.schemas.ProblemCode.enum).toEqual(
      expect.arrayContaining(['VALIDATION_FAILED', 'LOCK_HELD', 'OUTCOME_UNKNOWN', 'STORAGE_FULL']),
    );
  });
});

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<
          Record<string, { readonly examples?: Readonly<Record<string, { value: unknown }>> }>
        >;
      }
    >
  >;
}

it('every route declares a permission', () => {
  expect(routesWithoutPermission(node.node.app)).toEqual([]);
});
