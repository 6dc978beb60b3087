import { expectPromise } from '../../world/violation.js';
import type { LockPicture } from '../../checks/lock-picture.js';

/** Who was told that it waits no more and has got nothing waits no more and gets nothing. */
export class WaiterFates {
  /** The operations of waiters. */
  private readonly operations = new Map<number, number>();
  private readonly waitersOf = new Map<number, number[]>();
  private readonly ended = new Set<number>();

  constructor(private readonly picture: LockPicture) {}

  /** A request was queued, or joined one that waits. @returns its waiter. */
  queued(operation: number, result: unknown): number {
    const waiterId = waiterIn(result);
    this.operations.set(waiterId, operation);
    this.waitersOf.set(operation, [...(this.waitersOf.get(operation) ?? []), waiterId]);
    return waiterId;
  }

  granted(waiterId: number): void {
    const operation = this.operations.get(waiterId);
    expectPromise(
      operation === undefined || !this.ended.has(operation),
      'who was told that its wait is over gets nothing',
      { waiterId, operation },
    );
  }

  /** The client was told that its wait is over and has got nothing. */
  toldNothing(operation: number): void {
    this.ended.add(operation);
    const waiting = (this.waitersOf.get(operation) ?? []).filter((waiterId) =>
      this.picture.waiters.has(waiterId),
    );
    expectPromise(waiting.length === 0, 'who was told that its wait is over waits no more', {
      operation,
      waiting,
    });
  }
}

function waiterIn(result: unknown): number {
  const waiterId =
    typeof result === 'object' && result !== null && 'waiterId' in result ? result.waiterId : null;
  expectPromise(typeof waiterId === 'number', 'a queued request has a waiter', { result });
  return waiterId;
}
