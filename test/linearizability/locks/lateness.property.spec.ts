import * as fc from 'fast-check';
import { checkLockHistory, type LockRecord, type LockVerdict } from '../lock-history.js';
import type { Operation } from '../operation.js';
import type { LockInput, LockOutput } from '../records/lock-record.js';
import { linearizableByForce } from '../testing/brute-force.js';
import { granted, OPTIONS, seen } from '../testing/lock-records.js';
import { DRAWN_CALL, historyOf, LOCK_TABLE, oneChanged } from '../testing/lock-table.js';

/** Every run draws the same cases. */
const SEED = 20_261_121;

/** Without ends of leases, which the table that is tried in every order does not know. */
const SHORT = fc.array(
  DRAWN_CALL.map((drawn) => ({ ...drawn, late: false })),
  { minLength: 2, maxLength: 6 },
);

function verdict(records: readonly LockRecord[]): LockVerdict {
  return checkLockHistory(records, OPTIONS);
}

function byForce(records: readonly LockRecord[]): boolean {
  const operations = records.map((entry): Operation<LockInput, LockOutput> => {
    return { ...entry, key: 'l' };
  });
  return linearizableByForce(operations, LOCK_TABLE);
}

describe('Looking ahead on a lock', () => {
  it('accepts what a lock did and what overlapping clients saw of it', () => {
    fc.assert(
      fc.property(fc.array(DRAWN_CALL, { maxLength: 60 }), (drawn) => {
        expect(verdict(historyOf(drawn))).toMatchObject({ kind: 'linearizable' });
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('refuses nothing, one answer changed, for which trying every order finds one', () => {
    const changes = fc.record({ place: fc.nat(), how: fc.nat() });
    const judged = { possible: 0, refused: 0, accepted: 0 };
    fc.assert(
      fc.property(SHORT, changes, (drawn, change) => {
        const records = oneChanged(historyOf(drawn), change);
        const { kind } = verdict(records);
        if (byForce(records)) {
          judged.possible += 1;
          expect(kind).toBe('linearizable');
        } else {
          judged[kind === 'violation' ? 'refused' : 'accepted'] += 1;
        }
      }),
      { seed: SEED, numRuns: 5000 },
    );
    // Calls with unknown outcomes are taken more leniently than by any order.
    expect(judged).toEqual({ possible: 1690, refused: 3188, accepted: 122 });
  });

  it('takes grants that overlap in the order of their tokens', () => {
    const readers = Array.from({ length: 12 }, (_, reader) => {
      const token = 12 - reader;
      return granted(`r${token}`, [reader, 100], token, { mode: 'shared' });
    });
    const holders = readers.map(({ client }, reader) => [client, 12 - reader] as const);
    // One step for each call of a first try that goes wrong, and no try of the 4,096 subsets.
    expect(verdict([...readers, seen([110, 120], holders, 'shared')])).toEqual({
      kind: 'linearizable',
      locks: 1,
      operations: 13,
      steps: 79,
    });
  });
});
