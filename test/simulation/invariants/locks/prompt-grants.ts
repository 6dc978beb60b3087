import { compatible, type LockPicture, type PicturePlace } from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

/** Nobody is left waiting who could have all its locks. */
export function expectPromptGrants(
  picture: LockPicture,
  queues: ReadonlyMap<string, readonly PicturePlace[]>,
): void {
  for (const waiter of picture.waiters.values()) {
    const blocked = waiter.places.some((place) => {
      return !isClear(picture, queues.get(place.name) ?? [], place);
    });
    expectPromise(blocked, 'no waiter is forgotten that could be granted', {
      waiterId: waiter.waiterId,
      owner: waiter.owner,
      locks: waiter.places.map(({ name, mode }) => ({ name, mode })),
    });
  }
}

function isClear(
  picture: LockPicture,
  queue: readonly PicturePlace[],
  place: PicturePlace,
): boolean {
  if (picture.isCovered(place)) return true;
  if (picture.delays.has(place.name)) return false;
  const { party } = place.waiter;
  const ahead = queue.slice(0, queue.indexOf(place)).map(({ mode, waiter }) => {
    return { mode, party: waiter.party };
  });
  return [...picture.holdersOf(place.name), ...ahead].every((other) => {
    return other.party === party || compatible(other.mode, place.mode);
  });
}
