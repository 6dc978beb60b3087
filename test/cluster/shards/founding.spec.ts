import { eventually } from '../../support/eventually.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { ShardNodes, type Ring } from './shard-nodes.js';

const SHARDS = 8;
const ALL = 'locks,queues';
const NAMES = Array.from({ length: 24 }, (_, index) => `topic-${index}`);

describe('the shards of a cluster of four', () => {
  let nodes: ShardNodes;

  beforeAll(async () => {
    nodes = await ShardNodes.make({ SHARDS: String(SHARDS) });
    await nodes.found({ node1: ALL, node2: ALL, node3: ALL, node4: ALL });
  }, 60_000);

  afterAll(async () => {
    await nodes.close();
  }, 60_000);

  it('are on three nodes each, led by different ones, and every node sees the same', async () => {
    const led = await eventually('every shard has a leader', READY_DEADLINE_MS, async () => {
      const shards = await nodes.shards();
      const complete = shards.length === SHARDS && shards.every(({ leader }) => leader !== null);
      return complete ? shards : undefined;
    });
    for (const { replicas } of led) expect(new Set(replicas).size).toBe(3);
    expect(new Set(led.map(({ leader }) => leader)).size).toBeGreaterThan(1);
    const places = led.map(({ id, replicas }) => [id, [...replicas].sort()]);
    // Who has no replica of a shard hears of it from the others.
    for (const by of ['node2', 'node3', 'node4']) {
      await eventually(`${by} sees the same`, READY_DEADLINE_MS, async () => {
        const seen = await nodes.shards(by);
        const there = seen.map(({ id, replicas }) => [id, [...replicas].sort()]);
        return JSON.stringify(there) === JSON.stringify(places) ? true : undefined;
      });
    }
  });

  it('take writes at one node and show them at every other, wherever they are', async () => {
    await Promise.all(NAMES.map((name) => nodes.write('node1', name, `of ${name}`)));
    for (const by of ['node2', 'node3', 'node4']) {
      const read = await Promise.all(NAMES.map((name) => nodes.read(by, name)));
      expect(read).toEqual(NAMES.map((name) => `of ${name}`));
    }
  });

  it('are on the ring: where a topic is, on every node the same', async () => {
    for (const name of NAMES) {
      // While the leadership of a shard goes to the preferred node, they may differ for a moment.
      const { group, shard, ring } = await eventually(
        `they agree on ${name}`,
        READY_DEADLINE_MS,
        async () => {
          const [shards, ...rings] = await Promise.all([
            nodes.shards('node1', 'queues'),
            ...['node1', 'node4'].map(async (by) => {
              return (await nodes.look(by, `/v1/cluster/ring?topic=${name}.dead`)).body as Ring;
            }),
          ]);
          const [seen, other] = rings;
          const { leader, replicas } = shards.find(({ id }) => id === seen?.group) ?? {};
          const listed = { ...seen, leader, replicas };
          const same = [seen, listed].every((one) => JSON.stringify(one) === JSON.stringify(other));
          return same ? other : undefined;
        },
      );
      expect(group).toBe(nodes.router('node1').shardFor('queues', name));
      expect(group).toBe(`queues-${shard}`);
      expect(ring?.map(({ nodeId }) => nodeId)).toEqual(['node1', 'node2', 'node3', 'node4']);
      expect(ring?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    }
  });

  it.each([
    ['', 'topic'],
    ['?topic=', 'topic'],
    ['?topic=..', 'topic'],
    ['?topic=a&key=b', 'key'],
    ['?topic=a&cache=', 'cache'],
    ['?cache=a', 'key'],
    ['?key=a', 'cache'],
  ])('are not found by %j: %s', async (query, field) => {
    const { status, body } = await nodes.look('node1', `/v1/cluster/ring${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field }] });
  });

  it('have no keys of caches among them', async () => {
    expect(await nodes.look('node1', '/v1/cluster/ring?cache=a&key=b')).toMatchObject({
      status: 503,
      body: { code: 'ROLE_ABSENT' },
    });
  });

  it('tell who leads them, and hand over', async () => {
    const path = '/v1/cluster/leader?group=registers-7';
    const seen = await eventually('two nodes name the same leader', READY_DEADLINE_MS, async () => {
      const shard = (await nodes.shards()).find(({ id }) => id === 'registers-7');
      const { nodeId } = (await nodes.look('node2', path)).body as { readonly nodeId?: string };
      return shard !== undefined && shard.leader === nodeId ? shard : undefined;
    });
    const to = seen.replicas.find((name) => name !== seen.leader) ?? '';
    const transfer = '/v1/cluster/groups/registers-7/transfer';
    expect(await nodes.send('node3', 'POST', transfer, { to })).toMatchObject({
      status: 200,
      body: { group: 'registers-7', leader: to },
    });
    expect(await nodes.look('node2', '/v1/cluster/leader?group=registers-8')).toMatchObject({
      status: 404,
      body: { code: 'RAFT_GROUP_NOT_FOUND' },
    });
  });

  it('come back with the nodes, and have what was written', async () => {
    for (const name of ['node1', 'node2', 'node3', 'node4']) await nodes.stop(name);
    await nodes.found({ node1: ALL, node2: ALL, node3: ALL, node4: ALL });
    const read = await Promise.all(NAMES.map((name) => nodes.read('node4', name)));
    expect(read).toEqual(NAMES.map((name) => `of ${name}`));
  }, 60_000);
});

describe('a cluster without the role for shards', () => {
  let nodes: ShardNodes;

  beforeAll(async () => {
    nodes = await ShardNodes.make({ SHARDS: '2' });
    await nodes.found({ node1: 'locks', node2: 'locks' });
  }, 60_000);

  afterAll(async () => {
    await nodes.close();
  }, 60_000);

  it('has none until the first member with the role comes', async () => {
    await expect(nodes.write('node1', 'a', 'x')).rejects.toMatchObject({ code: 'ROLE_ABSENT' });
    expect(await nodes.shards()).toEqual([]);
    await nodes.add('node3', 'queues');
    await nodes.start('node3', 'queues', ['node3', 'node1']);
    await nodes.untilReady('node3');
    await eventually('node1 may write', READY_DEADLINE_MS, async () => {
      return await nodes.write('node1', 'a', 'written').then(
        () => true,
        () => undefined,
      );
    });
    expect(await nodes.read('node2', 'a')).toBe('written');
    await eventually('node2 has heard who leads them', READY_DEADLINE_MS, async () => {
      const shards = await nodes.shards('node2');
      const seen = shards.map(({ id, leader, replicas }) => [id, leader, ...replicas].join());
      const led = 'registers-0,node3,node3 registers-1,node3,node3';
      return seen.join(' ') === led ? true : undefined;
    });
  }, 60_000);
});
