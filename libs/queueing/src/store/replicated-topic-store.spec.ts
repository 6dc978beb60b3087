import type { ClusterRouter } from '@sinkron/cluster';
import { TopicsUser } from '../conformance/topics-user.js';
import { LocalRouter } from '../testing/local-router.js';
import { ReplicatedTopicStore } from './replicated-topic-store.js';

const GROUPS = ['one', 'two'];

describe('what a node watches', () => {
  const router = new LocalRouter();
  const store = new ReplicatedTopicStore(router as unknown as ClusterRouter);
  const user = new TopicsUser({ store, nowMs: 0, pass, restart: pass, close: pass });

  it('is asked of another leader, once for each group, and told by that one', async () => {
    store.start();
    const told: string[] = [];
    store.onReady((topic, group, ready) => told.push(`${topic}/${group} ${ready}`));
    await user.configure('a', {});
    for (const group of GROUPS) {
      await user.change({ kind: 'create-group', topic: 'a', group, from: 'earliest' });
      await store.watch({ topic: 'a', group, wanted: 1 }, { deadlineMs: 0 });
    }
    router.asked.length = 0;

    router.changeLeader('queues-1');
    expect(router.asked).toEqual([]);
    router.changeLeader('queues-0');
    expect(router.asked).toEqual(['leaderRequest watch', 'leaderRequest watch']);
    router.changeLeader('queues-0');
    expect(router.asked).toHaveLength(4);

    await user.publish('a', 'x');
    expect(told).toEqual(['a/one 1', 'a/two 1']);
    store.stop();
  });
});

async function pass(): Promise<void> {}
