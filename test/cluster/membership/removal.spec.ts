import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { GrowingCluster, states } from '../../support/growing-cluster.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { LockClient } from '../../support/lock-client.js';

/** Longer than several election timeouts. */
const QUIET_MS = 2_500;

/** Four founders: node1, node2 and node3 vote, node4 is a spare. */
describe('a cluster that members leave', () => {
  let cluster: GrowingCluster;

  beforeAll(async () => {
    cluster = await GrowingCluster.start(4);
    await cluster.lead('node1');
    await locks('node1').take('kept', 'alice');
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  const locks = (name: string): LockClient => new LockClient(cluster.node(name).http);

  async function refuses(name: string): Promise<void> {
    const answers = [
      await locks(name).acquire('kept', { owner: 'bob' }),
      await cluster.node(name).http.get('/v1/locks/kept'),
      await cluster.node(name).http.get('/v1/locks/kept?consistency=stale'),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'NO_LEADER' } });
    }
  }

  it('puts a spare in the place of a follower, and is not disturbed by who has left', async () => {
    expect(await cluster.remove('node3', 'node4')).toMatchObject({
      status: 202,
      body: { nodeId: 'node3', state: 'leaving' },
    });
    const left = ['node1', 'node2', 'node4'];
    for (const name of left) {
      await cluster.shows(name, { voters: left, members: states(left, 'member') });
    }
    await cluster.waitsOutside('node3', 'node3 is no member of the cluster');
    await cluster.node('node3').untilLogged('node3 was removed from the cluster');
    await refuses('node3');
    const before = await cluster.view('node1');
    await sleep(QUIET_MS);
    const after = await cluster.view('node1');
    expect([after?.leader, after?.term]).toEqual(['node1', before?.term]);
  }, 60_000);

  it('does not know who has left when it comes back, until it is added again', async () => {
    await cluster.node('node3').kill();
    cluster.node('node3').spawn();
    await cluster.waitsOutside('node3', 'node3 is no member of the cluster');
    await refuses('node3');
    expect(await cluster.remove('node3')).toMatchObject({
      status: 404,
      body: { code: 'MEMBER_NOT_FOUND' },
    });
    expect((await cluster.add('node3')).status).toBe(202);
    await cluster.node('node3').untilReady();
    expect(await locks('node3').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
    await cluster.votersAre('node3', 'node1', 'node2', 'node4');
  }, 60_000);

  it('removes its leader, which hands over', async () => {
    expect(await cluster.remove('node1', 'node1')).toMatchObject({ status: 202 });
    const left = ['node2', 'node3', 'node4'];
    for (const name of left) {
      await cluster.shows(name, { voters: left, members: states(left, 'member') });
    }
    await cluster.waitsOutside('node1', 'node1 is no member of the cluster');
    await refuses('node1');
    expect(left).toContain(await cluster.leader('node2'));
    expect(await locks('node2').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 60_000);

  it('refuses what would lose the majority, and lets the dead go', async () => {
    await cluster.lead('node2');
    await cluster.node('node4').kill();
    const { http } = cluster.node('node2');
    // Nobody knows at once that it is dead.
    await eventually('node4 is dead to node2', READY_DEADLINE_MS, async () => {
      const { members } = (await http.get('/v1/cluster')).body as {
        readonly members: readonly { readonly nodeId: string; readonly status: string }[];
      };
      const dead = members.some(({ nodeId, status }) => nodeId === 'node4' && status === 'dead');
      return dead ? true : undefined;
    });
    expect(await cluster.remove('node3', 'node3')).toMatchObject({
      status: 409,
      body: { code: 'MEMBERSHIP_REFUSED' },
    });
    const key = { 'idempotency-key': 'remove-node4' };
    const removed = await http.delete('/v1/cluster/members/node4', key);
    expect(removed.status).toBe(202);
    const members = states(['node2', 'node3'], 'member');
    await cluster.shows('node2', { members, voters: ['node2'] });
    expect(await http.delete('/v1/cluster/members/node4', key)).toMatchObject({
      status: 202,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect((await cluster.remove('node3', 'node2')).status).toBe(202);
    await cluster.shows('node2', { members: states(['node2'], 'member'), voters: ['node2'] });
    expect(await cluster.remove('node2', 'node2')).toMatchObject({
      status: 409,
      body: { code: 'MEMBERSHIP_REFUSED', detail: expect.stringContaining('last') as string },
    });
    expect(await locks('node2').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 60_000);
});
