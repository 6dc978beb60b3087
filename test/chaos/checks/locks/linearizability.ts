import { checkLockHistory, type LockRecord } from '../../../linearizability/lock-history.js';
import { found, notChecked, type Finding } from '../check.js';

const PROMISE = 'the history is linearizable, and leases keep to their times';

/** The calls about each lock can be put in one order that explains every answer. */
export function checkHistory(records: readonly LockRecord[]): Finding {
  const verdict = checkLockHistory(records);
  switch (verdict.kind) {
    case 'linearizable': {
      const { operations, locks, steps } = verdict;
      return found(PROMISE, `${operations} operations on ${locks} locks, ${steps} steps`, []);
    }
    case 'violation':
      return found(PROMISE, `${records.length} calls`, [
        `${verdict.about}: ${verdict.explanation}`,
      ]);
    case 'undecided':
      return notChecked(PROMISE, `${verdict.about} took more than ${verdict.steps} steps`);
  }
}
