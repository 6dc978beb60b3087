import { eventually } from '../support/eventually.js';
import { CLUSTER_TEST_MS } from '../support/limits.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

const COORDINATION = '/v1/cluster/groups/coordination/transfer';
const DEADLINE_MS = 30_000;

describe('leadership in a cluster of four real nodes, of which three vote', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 4 });
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  it('goes to the node that is asked for, whoever is told', async () => {
    for (const [asked, to] of [
      [3, 'node2'],
      [0, 'node3'],
      [2, 'node1'],
      [1, 'node1'],
    ] as const) {
      const answer = await cluster.http(asked).post(COORDINATION, { to });
      expect(answer).toMatchObject({ status: 200, body: { group: 'coordination', leader: to } });
      await eventually('all nodes have heard of it', DEADLINE_MS, async () => {
        const { body } = await cluster.http(3).get('/v1/cluster/leader');
        return (body as { nodeId?: string }).nodeId === to ? true : undefined;
      });
    }
  });

  it('goes to nobody else', async () => {
    const { http } = cluster.node(1);
    expect(await http.post(COORDINATION, { to: 'node4' })).toMatchObject({
      status: 409,
      body: { code: 'MEMBERSHIP_REFUSED', detail: 'node4 is no voter of coordination' },
    });
    expect(await http.post(COORDINATION, { to: 'node9' })).toMatchObject({
      status: 404,
      body: { code: 'MEMBER_NOT_FOUND' },
    });
    expect(await http.post('/v1/cluster/groups/nothing/transfer', { to: 'node1' })).toMatchObject({
      status: 404,
      body: { code: 'RAFT_GROUP_NOT_FOUND' },
    });
    for (const body of [{}, { to: '' }, { to: 7 }, { to: 'node1', more: 1 }]) {
      expect(await http.post(COORDINATION, body)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED' },
      });
    }
  });

  it('is handed over by a leader that stops, so that nobody waits for an election', async () => {
    const { index, term } = await cluster.leader();
    const others = [0, 1, 2, 3].filter((other) => other !== index);
    let stopped = false;
    let written = 0;
    const writers = others.map(async (other) => {
      for (let count = 0; !stopped; count += 1) {
        const owner = `writer${other}`;
        const body = { owner, ttlMs: 60_000 };
        const answer = await cluster.http(other).post(`/v1/locks/l${other}-${count}/acquire`, body);
        expect(answer.status).toBe(200);
        written += 1;
      }
    });
    await eventually('writes flow', DEADLINE_MS, () => (written > 50 ? true : undefined));
    const exit = await cluster.node(index).stop();
    const next = await cluster.leader(term);
    stopped = true;
    await Promise.all(writers);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(next.term).toBe(term + 1);
    const handedOver = `handed coordination over to node${next.index + 1}: leads`;
    expect(cluster.node(index).log.join('\n')).toContain(handedOver);
    await cluster.node(index).start();
  });
});
