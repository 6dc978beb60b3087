import { compatible, type LockPicture } from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

/** A lock has one exclusive holder or any number of shared ones, each party once. */
export function expectCompatibleHolders(picture: LockPicture, names: Iterable<string>): void {
  for (const name of names) {
    const holders = picture.holdersOf(name);
    for (const [position, one] of holders.entries()) {
      for (const other of holders.slice(position + 1)) {
        const together = compatible(one.mode, other.mode) && one.party !== other.party;
        expectPromise(together, 'the holders of a lock are compatible', { name, one, other });
      }
    }
  }
}
