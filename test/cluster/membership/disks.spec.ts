import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { GrowingCluster, states } from '../../support/growing-cluster.js';
import type { Answer } from '../../support/json-client.js';
import { READY_DEADLINE_MS, TEST_SHARDS } from '../../support/limits.js';
import { LockClient } from '../../support/lock-client.js';

/** Longer than several election timeouts. */
const QUIET_MS = 2_500;
const CLIENTS = 4;
/** Pairs of acquire and release between two restarts. */
const PAIRS = 40;

describe('a cluster whose nodes are replaced', () => {
  let cluster: GrowingCluster;

  beforeAll(async () => {
    cluster = await GrowingCluster.start(3);
    await cluster.lead('node1');
    await locks('node1').take('kept', 'alice');
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  const locks = (name: string): LockClient => new LockClient(cluster.node(name).http);

  it('takes a node with an empty disk back as another replica, which learns before it votes', async () => {
    await cluster.node('node2').kill();
    await cluster.wipe('node2');
    cluster.node('node2').spawn();
    await cluster.node('node2').untilReady();
    await cluster.votersAre('node1', 'node1', 'node2', 'node3');
    const steps = (): readonly (string | undefined)[] =>
      cluster
        .node('node1')
        .log.filter((line) => line.includes('coordination: voters'))
        .map((line) => /voters ([^"]*)/.exec(line)?.[1]);
    await eventually('node1 has written the last step', READY_DEADLINE_MS, () =>
      steps().length >= 3 ? true : undefined,
    );
    expect(steps()).toEqual([
      // The old replica votes, the new one learns; then both in a joint configuration; then the new one.
      'node1, node2, node3; learners node2',
      'node1, node3, node2; learners none; before node1, node2, node3',
      'node1, node3, node2; learners none',
    ]);
    expect(await locks('node2').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
    // A shard that counts on the lost disk still would lose its majority with the next node.
    const shards = Array.from({ length: TEST_SHARDS }, (_, shard) => `queues-${shard}`);
    await eventually('all shards have a replica on the new disk', READY_DEADLINE_MS, async () => {
      const log = cluster.node('node2').log.join('\n');
      return shards.every((id) => log.includes(`${id} gets a replica on this node`)) || undefined;
    });
    await cluster.shardsAreOn('node1', ['node1', 'node2', 'node3']);
  }, 60_000);

  it('replaces a dead node', async () => {
    await cluster.node('node3').kill();
    await cluster.grow('node4');
    expect((await cluster.remove('node3', 'node4')).status).toBe(202);
    const left = ['node1', 'node2', 'node4'];
    for (const name of left) {
      await cluster.shows(name, { voters: left, members: states(left, 'member') });
    }
  }, 60_000);

  it('goes by the committed members after a restart of all, whatever PEERS says', async () => {
    const left = ['node1', 'node2', 'node4'];
    await Promise.all(left.map(async (name) => await cluster.node(name).kill()));
    for (const name of left) cluster.node(name).spawn();
    await Promise.all(left.map(async (name) => await cluster.node(name).untilReady()));
    for (const name of left) {
      await cluster.shows(name, { voters: left, members: states(left, 'member') });
    }
    expect(await locks('node4').acquire('kept', { owner: 'bob' })).toMatchObject({ status: 409 });
  }, 60_000);

  it('tells a node that was removed while it was dead, and is not disturbed by it', async () => {
    const leader = await cluster.leader('node1');
    const before = await cluster.view('node1');
    cluster.node('node3').spawn();
    await cluster.waitsOutside('node3', 'node3 is no member of the cluster');
    expect(await cluster.node('node3').http.get('/v1/locks/kept?consistency=stale')).toMatchObject({
      status: 503,
    });
    await sleep(QUIET_MS);
    const after = await cluster.view('node1');
    expect([after?.leader, after?.term]).toEqual([leader, before?.term]);
    await cluster.node('node3').kill();
  }, 60_000);

  it('is restarted node by node under load: nothing fails that is sent once more', async () => {
    const names = ['node1', 'node2', 'node4'];
    const stopped = { value: false };
    let pairs = 0;
    const failures: unknown[] = [];
    const post = async (at: number, path: string, body: object, key: string): Promise<Answer> => {
      const headers = { 'idempotency-key': key };
      const to = (index: number): string => names[index % names.length] ?? 'node1';
      const first = await cluster
        .node(to(at))
        .http.post(path, body, headers)
        .catch(() => null);
      if (first !== null && first.status < 500) return first;
      return await cluster.node(to(at + 1)).http.post(path, body, headers);
    };
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const owner = `client-${client}`;
      const path = `/v1/locks/load-${client}`;
      for (let count = 0; !stopped.value; count += 1) {
        const acquired = await post(client, `${path}/acquire`, { owner }, `a-${client}-${count}`);
        const { token } = acquired.body as { readonly token?: number };
        const body = { owner, token };
        const released = await post(client, `${path}/release`, body, `r-${client}-${count}`);
        for (const answer of [acquired, released]) {
          if (answer.status !== 200) failures.push(answer.body);
        }
        pairs += 1;
      }
    });
    const morePairs = async (): Promise<void> => {
      const goal = pairs + PAIRS;
      await eventually('the load goes on', READY_DEADLINE_MS, () =>
        pairs >= goal || failures.length > 0 ? true : undefined,
      );
    };
    await morePairs();
    for (const name of names) {
      expect(await cluster.node(name).stop()).toEqual({ code: 0, signal: null });
      await cluster.node(name).start();
      await morePairs();
    }
    stopped.value = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    await cluster.votersAre('node1', ...names);
  }, 60_000);
});
