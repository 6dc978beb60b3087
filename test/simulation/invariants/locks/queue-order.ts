import type { LockPicture, PicturePlace } from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

/**
 * Who comes waits behind all who came before: the place in a queue is the waiter's number. Only
 * who waits there already stands with its first request.
 */
export function expectPlacedLast(picture: LockPicture, place: PicturePlace): void {
  const { name, rank, waiter } = place;
  if (rank === waiter.waiterId) return;
  const own = picture.queueOf(name).filter((other) => {
    return other.waiter.party === waiter.party && other.waiter !== waiter;
  });
  expectPromise(own.length > 0 && rank < waiter.waiterId, 'who comes waits behind the others', {
    name,
    owner: waiter.owner,
    waiterId: waiter.waiterId,
    rank,
  });
}
