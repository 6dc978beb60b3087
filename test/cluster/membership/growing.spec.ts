import { GrowingCluster, states } from '../../support/growing-cluster.js';
import { LockClient } from '../../support/lock-client.js';

const THREE = ['node1', 'node2', 'node3'] as const;

describe('a cluster that grows', () => {
  let cluster: GrowingCluster;

  beforeAll(async () => {
    cluster = await GrowingCluster.start(3);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  const locks = (name: string): LockClient => new LockClient(cluster.node(name).http);

  it('lists who was added and has not come, and lets it go again', async () => {
    expect(await cluster.add('node6')).toMatchObject({
      status: 202,
      body: { nodeId: 'node6', state: 'joining' },
    });
    const members = { ...states(THREE, 'member'), node6: 'joining' };
    for (const name of THREE) await cluster.shows(name, { members, voters: [...THREE] });
    expect((await cluster.add('node6', 'node2')).status).toBe(202);
    expect(await cluster.remove('node6', 'node3')).toMatchObject({ status: 202 });
    for (const name of THREE) await cluster.shows(name, { members: states(THREE, 'member') });
  }, 60_000);

  it('makes a node wait until it is added, then serves through it', async () => {
    const node4 = cluster.spawnNew('node4');
    await cluster.waitsOutside('node4', 'node4 is no member of the cluster: nobody has added it');
    const { token } = await locks('node1').take('kept', 'alice');
    expect(await locks('node4').acquire('kept', { owner: 'bob' })).toMatchObject({
      status: 503,
      body: { code: 'NO_LEADER', detail: expect.stringContaining('node4 is no member') as string },
    });
    expect((await cluster.add('node4')).status).toBe(202);
    await node4.untilReady();
    // An even number would not outlive one more lost node: it stays a spare.
    const members = states([...THREE, 'node4'], 'member');
    for (const name of [...THREE, 'node4']) {
      await cluster.shows(name, { members, voters: [...THREE] });
    }
    expect(await locks('node4').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
    expect((await locks('node4').release('kept', { owner: 'alice', token })).status).toBe(200);
  }, 60_000);

  it('has five voters with the fifth', async () => {
    await cluster.grow('node5');
    for (const name of [...THREE, 'node4', 'node5']) {
      await cluster.votersAre(name, ...THREE, 'node4', 'node5');
    }
    await locks('node5').take('from-node5', 'alice');
  }, 60_000);

  it('lets two go that are removed at once, with another leader in the middle', async () => {
    const answers = [cluster.remove('node4', 'node2'), cluster.remove('node5', 'node3')];
    for (const { status } of await Promise.all(answers)) expect(status).toBe(202);
    const leader = await cluster.leader('node1');
    await cluster.lead(leader === 'node1' ? 'node2' : 'node1');
    for (const name of THREE) {
      await cluster.shows(name, { members: states(THREE, 'member'), voters: [...THREE] });
    }
    expect(await locks('node1').acquire('from-node5', { owner: 'bob' })).toMatchObject({
      status: 409,
    });
  }, 60_000);
});

describe('a single node', () => {
  let cluster: GrowingCluster;

  beforeAll(async () => {
    cluster = await GrowingCluster.start(1);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  const locks = (name: string): LockClient => new LockClient(cluster.node(name).http);

  it('hands its only vote to a second one, comes back, and has two votes beside it with a third', async () => {
    await locks('node1').take('kept', 'alice');
    await cluster.grow('node2');
    await cluster.votersAre('node2', 'node1');
    expect((await cluster.remove('node1', 'node2')).status).toBe(202);
    await cluster.shows('node2', { voters: ['node2'], members: { node2: 'member' } });
    await cluster.waitsOutside('node1', 'node1 is no member of the cluster');
    expect(await locks('node2').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
    // It has run on, and needs no restart.
    expect((await cluster.add('node1', 'node2')).status).toBe(202);
    await cluster.node('node1').untilReady();
    await cluster.grow('node3');
    for (const name of THREE) await cluster.votersAre(name, ...THREE);
    expect(await locks('node3').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 90_000);

  it('finds its cluster again with an empty disk, and nobody else in its PEERS', async () => {
    // A shard that has two replicas still would lose its majority with one disk.
    await cluster.shardsAreOn('node2', THREE);
    await cluster.node('node1').kill();
    await cluster.wipe('node1');
    cluster.node('node1').spawn();
    await cluster.node('node1').untilReady();
    for (const name of THREE) {
      await cluster.shows(name, { voters: [...THREE], members: states(THREE, 'member') });
    }
    expect(await locks('node1').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 150_000);
});
