import type { ClusterRouter } from '@sinkron/cluster';
import { ReplicatedTopicStore } from '../store/replicated-topic-store.js';
import { LocalRouter } from '../testing/local-router.js';
import type { StoreUnderTest } from './store-under-test.js';
import { topicStoreConformance } from './topic-store-conformance.js';

/** The store of a node, over shards that this test leads itself. */
class LocalStore implements StoreUnderTest {
  private readonly router = new LocalRouter();
  readonly store = new ReplicatedTopicStore(this.router as unknown as ClusterRouter);

  constructor() {
    this.store.start();
  }

  get nowMs(): number {
    return this.router.wallMs;
  }

  async pass(ms: number): Promise<void> {
    this.router.pass(ms);
    await this.router.settled();
  }

  async restart(): Promise<void> {
    this.router.restart();
  }

  async close(): Promise<void> {
    this.store.stop();
  }
}

topicStoreConformance('ReplicatedTopicStore', async () => new LocalStore());
