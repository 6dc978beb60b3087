import { eventually } from '../../support/eventually.js';
import { GrowingCluster, states } from '../../support/growing-cluster.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { LockClient } from '../../support/lock-client.js';

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

  it('gives the vote of a node that stays dead to it; the node comes back as the spare', async () => {
    const locks = new LockClient(cluster.node('node1').http);
    await locks.take('kept', 'alice');
    await cluster.node('node3').kill();
    const left = ['node1', 'node2', 'node4'];
    await cluster.shows('node4', { voters: left, members: states(ALL, 'member') });
    cluster.node('node3').spawn();
    // Its disk says that it votes; the leader says that it does not.
    await cluster.node('node3').untilReady();
    await eventually('the replica of node3 ends', READY_DEADLINE_MS, () => {
      const log = cluster.node('node3').log.join('\n');
      return log.includes('replica of coordination ends') ? true : undefined;
    });
    const { leader, term } = await cluster.shows('node3', { voters: left });
    expect(leader).toBe('node1');
    expect((await cluster.view('node1'))?.term).toBe(term);
    const third = new LockClient(cluster.node('node3').http);
    expect(await third.acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 90_000);
});
