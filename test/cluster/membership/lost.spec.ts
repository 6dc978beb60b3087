import { GrowingCluster, states } from '../../support/growing-cluster.js';
import { granted, LockClient } from '../../support/lock-client.js';

const ALL = ['node1', 'node2', 'node3', 'node4'] as const;

/** node1, node2 and node3 vote, node4 is a spare; the shortest patience that can be configured. */
describe('a cluster with a spare', () => {
  let cluster: GrowingCluster;

  beforeAll(async () => {
    cluster = await GrowingCluster.start(ALL.length, { REPLACE_AFTER_MS: '10000' });
    await cluster.lead('node1');
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  it('takes the waits of a node that stays dead, and gives its vote to the spare, which it comes back as', async () => {
    const [one, two, third] = ['node1', 'node2', 'node3'].map(
      (name) => new LockClient(cluster.node(name).http),
    ) as [LockClient, LockClient, LockClient];
    await one.take('kept', 'alice');
    const gone = await two.take('gone', 'a');
    const untold = await two.take('untold', 'a');
    for (const name of ['gone', 'untold']) await third.wait(name, 'b');
    const next = await two.wait('gone', 'c');
    const after = await two.wait('untold', 'c');
    // It is granted a lock that it can tell nobody of any more.
    cluster.node('node3').pause();
    expect((await two.release('untold', untold)).status).toBe(200);
    expect(await two.holders('untold')).toEqual(['b']);
    await cluster.node('node3').kill();
    expect(granted(await after.answer).owner).toBe('c');
    expect(await two.queue('gone')).toEqual(['c']);
    expect((await two.release('gone', gone)).status).toBe(200);
    expect(granted(await next.answer).owner).toBe('c');

    const left = ['node1', 'node2', 'node4'];
    await cluster.shows('node4', { voters: left, members: states(ALL, 'member') });
    cluster.node('node3').spawn();
    // Its disk says that it votes; the leader says that it does not.
    await cluster.node('node3').untilReady();
    await cluster.node('node3').untilLogged('replica of coordination ends');
    const { leader, term } = await cluster.shows('node3', { voters: left });
    expect(leader).toBe('node1');
    expect((await cluster.view('node1'))?.term).toBe(term);
    expect(await third.acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 90_000);
});
