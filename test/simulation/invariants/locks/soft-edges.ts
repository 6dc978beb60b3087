import type { PicturePlace } from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

/**
 * Nobody loses a place in a queue but a waiting multi-lock, to a request that would have been
 * refused behind it, and then it is the last one.
 *
 * @param moved places whose rank a command has changed. @param needed whether the command was a
 * request that closed a cycle where it stood. @param waiterMax the largest number of a waiter.
 */
export function expectSoftMoves(
  moved: readonly PicturePlace[],
  needed: boolean,
  waiterMax: number,
): void {
  for (const { name, rank, waiter } of moved) {
    expectPromise(
      needed && waiter.places.length > 1 && rank > waiterMax,
      'only a multi-lock in a cycle lets others pass',
      { name, rank, waiterId: waiter.waiterId, owner: waiter.owner, needed, waiterMax },
    );
  }
}
