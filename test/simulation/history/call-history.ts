import {
  checkLockHistory,
  type LockCheckOptions,
  type LockOutput,
  type LockRecord,
} from '../../linearizability/lock-history.js';
import type { Operation } from '../workload/operation.js';
import { CLOCK_RATE_MAX } from '../world/machine-clock.js';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import { inputOf, isRemembered, outputOf } from './call-reading.js';

/** Clocks here are as wrong as they can be, and read without delay. */
export const SIMULATION_CHECK: LockCheckOptions = {
  clock: { rateMax: CLOCK_RATE_MAX, slackMs: 1 },
  // 48,000 is the most that an honest seed has taken (102187, of 3,257 operations).
  stepsMax: 400_000,
};

interface Call {
  readonly client: string;
  readonly operation: Operation;
  output: LockOutput | null;
  /** Some try of it may have happened, or may happen yet. */
  unsure: boolean;
  returnedAt: number | null;
}

/** What the clients asked for and were told, as they saw it: no more than a real client knows. */
export class CallHistory {
  private readonly calls = new Map<number, Call>();

  constructor(private readonly world: World) {}

  invoked(client: string, operation: Operation): void {
    const call = { client, operation, output: null, unsure: false, returnedAt: null };
    this.calls.set(operation.id, call);
  }

  /** A try ended without an answer, and may have happened. */
  unsure(operation: number): void {
    const call = this.calls.get(operation);
    if (call !== undefined) call.unsure = true;
  }

  /** @param onlyTry whether no other try of it can be applied yet. */
  answered(operation: Operation, result: unknown, onlyTry: boolean): void {
    const call = this.calls.get(operation.id);
    if (call === undefined) return;
    const output = outputOf(operation.order, result);
    if (onlyTry || isRemembered(output)) call.output = output;
    else call.unsure = true;
  }

  /** Its client waits for it no more. */
  ended(operation: number): void {
    const call = this.calls.get(operation);
    if (call !== undefined) call.returnedAt = this.nowMs;
  }

  get records(): readonly LockRecord[] {
    return [...this.calls.values()].map(({ client, operation, returnedAt, ...call }) => {
      const refused = returnedAt !== null && !call.unsure;
      const output = call.output ?? (refused ? NOT_DONE : null);
      const invokedAt = operation.askedAtUs / 1000;
      const input = inputOf(client, operation.order);
      return { client, node: null, input, output, invokedAt, returnedAt };
    });
  }

  /** Called when nothing is under way any more. */
  finished(): void {
    const verdict = checkLockHistory(this.records, SIMULATION_CHECK);
    expectPromise(
      verdict.kind === 'linearizable',
      'the history of the clients is linearizable',
      verdict,
    );
  }

  private get nowMs(): number {
    return this.world.nowUs / 1000;
  }
}

const NOT_DONE: LockOutput = { status: 'not-done' };
