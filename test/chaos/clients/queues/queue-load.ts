import type { QueueOperation } from '../../../queues/queue-operation.js';
import type { Prng } from '../../../simulation/random/prng.js';
import type { Call } from '../calls/call.js';
import { Caller } from '../calls/caller.js';
import type { HttpExchange } from '../calls/http-exchange.js';
import { consume } from './consumer.js';
import { produce } from './producer.js';
import type { QueueWorker, Topic } from './queue-worker.js';

export interface QueueLoadOptions {
  readonly random: Prng;
  readonly topics: readonly Topic[];
  readonly nodes: () => readonly HttpExchange[];
  readonly now: () => number;
  readonly record: (call: Call) => void;
  readonly recordOperation: (operation: QueueOperation) => void;
}

const CONSUMERS_PER_GROUP = 2;

/** The producers and consumers of a run, each with chance of its own. */
export class QueueLoad {
  private stopping = false;
  private readonly running: Promise<unknown>;

  constructor(options: QueueLoadOptions) {
    const runs = options.topics.flatMap((topic) => [
      produce(this.worker(`producer-${topic.name}`, topic, options)),
      ...topic.groups.flatMap((group) =>
        Array.from({ length: CONSUMERS_PER_GROUP }, async (_, place) => {
          const client = `consumer-${topic.name}-${group}-${place + 1}`;
          await consume(this.worker(client, topic, options), group);
        }),
      ),
    ]);
    this.running = Promise.all(runs);
    // Waited for at the end; until then an error of this program is no unhandled rejection.
    this.running.catch(() => undefined);
  }

  /** Returns when all have ended what they had begun. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private worker(client: string, topic: Topic, options: QueueLoadOptions): QueueWorker {
    const { random, nodes, now, record, recordOperation } = options;
    const own = random.fork(client);
    const caller = new Caller({ client, random: own.fork('calls'), nodes, now, record });
    const stopping = (): boolean => this.stopping;
    return { caller, random: own, topic, now, stopping, record: recordOperation };
  }
}
