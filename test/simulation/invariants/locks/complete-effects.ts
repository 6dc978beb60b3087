import type { LockPicture } from '../../checks/lock-picture.js';
import type { RecordChange } from '../../node/observed-machine.js';
import { expectPromise } from '../../world/violation.js';

/**
 * What a command removes from the tables it has told: no hold and no waiter is lost silently.
 *
 * @param picture after the command.
 */
export function expectCompleteEffects(
  picture: LockPicture,
  changes: readonly RecordChange[],
): void {
  for (const { table, key, value } of changes) {
    if (value !== null) continue;
    const id = Number(key);
    const known =
      (table === 'waiters' && picture.waiters.has(id)) ||
      (table === 'holds' && picture.holds.has(id));
    // Put again by the same command, as a record that is written anew.
    const again = changes.findLast((change) => change.table === table && change.key === key);
    expectPromise(!known || again?.value !== null, 'no hold and no waiter is lost silently', {
      table,
      id,
    });
  }
}
