import type { Prng } from '../../../simulation/random/prng.js';
import type { QueueOperation } from '../../../queues/queue-operation.js';
import type { Caller } from '../calls/caller.js';

/** A topic of a run; its groups are made before its first message. */
export interface Topic {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What a producer or consumer has at hand. */
export interface QueueWorker {
  readonly caller: Caller;
  readonly random: Prng;
  readonly topic: Topic;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
  /** Whether to begin nothing new. */
  readonly stopping: () => boolean;
  /** For what is no call: messages of streams. */
  readonly record: (operation: QueueOperation) => void;
}
