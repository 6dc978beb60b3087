import { expectPromise } from '../../world/violation.js';

/** A command reached the machine, as the first of all replicas. */
export interface Application {
  readonly operation: number;
  readonly index: number;
  /** Whether a client's idempotency key remembers it; a refusal for now may be tried again. */
  readonly remembered: boolean;
  /** Whether it did what was asked for: an acquire that queues or is refused has done nothing. */
  readonly done: boolean;
}

interface Operation {
  readonly keyed: boolean;
  /** Some try may have been appended. */
  possible: boolean;
  answered: boolean;
  applications: number;
  /** Where it was applied last, with or without effect. */
  lastIndex: number;
  done: boolean;
}

/**
 * A client's operation is applied at most once over all its tries; it has been applied when the
 * client is told its result, and never will be when the client is told that it did not happen.
 */
export class ExactlyOnce {
  private readonly operations = new Map<number, Operation>();

  /** @param keyed tries through several nodes share an idempotency key. */
  invoked(operation: number, keyed: boolean): void {
    this.operations.set(operation, {
      keyed,
      possible: false,
      answered: false,
      applications: 0,
      lastIndex: 0,
      done: false,
    });
  }

  applied({ operation, index, remembered, done }: Application): void {
    const found = this.find(operation);
    found.lastIndex = index;
    if (done) found.done = true;
    if (found.keyed ? !remembered : !done) return;
    found.applications += 1;
    expectPromise(found.applications === 1, 'no command is applied twice', { operation, index });
  }

  /** @returns the index at which the operation was applied. */
  answered(operation: number): number {
    const found = this.find(operation);
    found.answered = true;
    expectPromise(found.lastIndex > 0, 'what is answered has been applied', { operation });
    return found.lastIndex;
  }

  /** One try ended without an answer and may have happened. */
  unknown(operation: number): void {
    this.find(operation).possible = true;
  }

  /** Whether it has done what was asked for. */
  isDone(operation: number): boolean {
    return this.find(operation).done;
  }

  /** Called when nothing is under way any more. */
  finished(): void {
    for (const [operation, { answered, possible, done, lastIndex }] of this.operations) {
      expectPromise(answered || possible || !done, 'what was refused never happens', {
        operation,
        index: lastIndex,
      });
    }
  }

  private find(operation: number): Operation {
    const found = this.operations.get(operation);
    expectPromise(found !== undefined, 'only what clients asked for is applied', { operation });
    return found;
  }
}
