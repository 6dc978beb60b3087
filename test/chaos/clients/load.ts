import type { Prng } from '../../simulation/random/prng.js';
import type { Call } from './calls/call.js';
import { Caller } from './calls/caller.js';
import { contend } from './locks/contender.js';
import type { FencedStorage } from './locks/fenced-storage.js';
import type { HttpExchange } from './calls/http-exchange.js';
import { breakLocks, keep, look, takeSeveral } from './locks/others.js';
import { useSessions } from './locks/session-user.js';
import type { Worker } from './locks/worker.js';

export interface LoadOptions {
  readonly random: Prng;
  readonly nodes: () => readonly HttpExchange[];
  readonly storage: FencedStorage;
  readonly now: () => number;
  readonly record: (call: Call) => void;
}

const WORKERS: readonly (readonly [string, number, (worker: Worker) => Promise<void>])[] = [
  ['contender', 8, async (worker) => await contend(worker, 'mutex')],
  ['victim', 2, async (worker) => await contend(worker, 'broken')],
  ['operator', 1, breakLocks],
  ['session', 3, useSessions],
  ['several', 2, takeSeveral],
  ['keeper', 2, keep],
  // A read at a leader that is none any more is what shows that it is.
  ['reader', 5, look],
];

/** The clients of a run, each with chance of its own. */
export class Load {
  private stopping = false;
  private readonly running: Promise<unknown>;

  constructor(options: LoadOptions) {
    const runs = WORKERS.flatMap(([kind, count, work]) =>
      Array.from({ length: count }, async (_, place) => {
        await work(this.worker(`${kind}${place + 1}`, options));
      }),
    );
    this.running = Promise.all(runs);
    // Waited for at the end; until then an error of this program is no unhandled rejection.
    this.running.catch(() => undefined);
  }

  /** Returns when all have ended what they had begun. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private worker(client: string, { random, nodes, storage, now, record }: LoadOptions): Worker {
    const own = random.fork(client);
    const caller = new Caller({ client, random: own.fork('calls'), nodes, now, record });
    return { caller, random: own, storage, now, stopping: () => this.stopping };
  }
}
