import type { PicturePlace } from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

/**
 * Who comes waits behind all who came before: the place in a queue is the waiter's number. Only
 * who waits there already stands with its first request.
 *
 * @param stood the queue before the command: a request that lets a multi-lock wait behind it may
 * have its party's earlier one, with which it stands, granted by the same command.
 */
export function expectPlacedLast(stood: readonly PicturePlace[], place: PicturePlace): void {
  const { name, rank, waiter } = place;
  if (rank === waiter.waiterId) return;
  const own = stood.filter((other) => other.waiter.party === waiter.party);
  const joins = own.some((first) => first.rank <= rank) && rank < waiter.waiterId;
  expectPromise(joins, 'who comes waits behind the others', {
    name,
    owner: waiter.owner,
    waiterId: waiter.waiterId,
    rank,
  });
}
