import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../simulation/random/prng.js';
import type { Finding } from './checks/check.js';
import { checkDrained, readGroups } from './checks/queues/final-queues.js';
import type { GroupAtEnd } from './checks/queues/group-at-end.js';
import {
  checkQueueProgress,
  reviewQueues,
  type QueueReview,
} from './checks/queues/queue-checks.js';
import { Caller } from './clients/calls/caller.js';
import { QueueLoad } from './clients/queues/queue-load.js';
import type { Topic } from './clients/queues/queue-worker.js';
import { makeTopics } from './clients/queues/topics.js';
import type { ChaosCluster } from './cluster/chaos-cluster.js';
import type { Recorder } from './recorder.js';

export interface QueuesOfRunOptions {
  readonly cluster: ChaosCluster;
  readonly recorder: Recorder;
  readonly random: Prng;
  /** For what stood in the groups at the end. */
  readonly folder: string;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
}

/** The queues of a run: their topics, their clients, and what became of the promises. */
export class QueuesOfRun {
  private readonly load: QueueLoad;
  private ends: readonly GroupAtEnd[] = [];

  private constructor(
    private readonly options: QueuesOfRunOptions,
    private readonly topics: readonly Topic[],
  ) {
    const { cluster, recorder, random, now } = options;
    this.load = new QueueLoad({
      random,
      topics,
      nodes: () => cluster.exchanges,
      now,
      record: (call) => recorder.record(call),
      recordOperation: (operation) => recorder.recordOperation(operation),
    });
  }

  /** Makes the topics, and begins the load. */
  static async begin(options: QueuesOfRunOptions): Promise<QueuesOfRun> {
    const { cluster } = options;
    const topics = await makeTopics(callerOf('organizer', options), async (path) => {
      return await cluster.nodes[0]?.look(path);
    });
    return new QueuesOfRun(options, topics);
  }

  /** Returns when all clients have ended what they had begun. */
  async stop(): Promise<void> {
    await this.load.stop();
  }

  /** Empties all groups, and keeps what stands there then. Nobody publishes any more. */
  async finish(): Promise<Finding> {
    const { options, topics } = this;
    const { cluster, folder, now } = options;
    const final = {
      topics,
      nodes: cluster.nodes,
      callerOf: (client: string) => callerOf(client, options),
      now,
    };
    const drained = await checkDrained(final);
    try {
      this.ends = await readGroups(final);
    } catch (error) {
      // Everything else is to be reported all the same.
      const reason = error instanceof Error ? error.message : String(error);
      return { ...drained, violations: [...drained.violations, reason] };
    } finally {
      writeFileSync(join(folder, 'queues-end.json'), JSON.stringify(this.ends, null, 2));
    }
    return drained;
  }

  /** What the history proves. */
  review(): QueueReview {
    const { recorder, cluster } = this.options;
    const { findings, tallies } = reviewQueues(recorder.operations, this.ends);
    const progress = checkQueueProgress(recorder.calls, cluster.foundersLeft, tallies);
    return { findings: [progress, ...findings], tallies };
  }
}

function callerOf(client: string, { cluster, recorder, random, now }: QueuesOfRunOptions): Caller {
  return new Caller({
    client,
    random: random.fork(client),
    nodes: () => cluster.exchanges,
    now,
    record: (call) => recorder.record(call),
  });
}
