import type { LockRecord } from '../records/lock-record.js';
import type { LockFacts } from './facts/lock-facts.js';
import { sameParty } from './lock-operation.js';

/** A grant with a token that is new for certain. */
interface NewGrant {
  readonly record: LockRecord;
  readonly name: string;
  readonly token: number;
}

/** Records that cannot stand together, and why. */
export interface TokenConflict {
  readonly records: readonly LockRecord[];
  readonly objection: string;
}

/**
 * Tokens come from one counter for all locks: a grant that was asked for after another one was
 * answered has the larger token, and those of a multi-lock, which is granted in one step, follow
 * each other.
 */
export function tokenConflict(
  records: readonly LockRecord[],
  facts: ReadonlyMap<string, LockFacts>,
): TokenConflict | null {
  const grants = records.flatMap((record, number) => newGrants(record, number, facts));
  return repeated(grants) ?? outOfOrder(grants) ?? apart(grants);
}

/** One token, two grants. */
function repeated(grants: readonly NewGrant[]): TokenConflict | null {
  const known = new Map<number, NewGrant>();
  for (const grant of grants) {
    const other = known.get(grant.token);
    if (other !== undefined) {
      const objection = `token ${grant.token} was granted twice`;
      return { records: [other.record, grant.record], objection };
    }
    known.set(grant.token, grant);
  }
  return null;
}

function outOfOrder(grants: readonly NewGrant[]): TokenConflict | null {
  const byCall = grants.toSorted((left, right) => left.record.invokedAt - right.record.invokedAt);
  const byReturn = grants.toSorted((left, right) => returned(left) - returned(right));
  let answered = 0;
  let largest: NewGrant | null = null;
  for (const grant of byCall) {
    for (
      let before = byReturn[answered];
      before !== undefined && returned(before) < grant.record.invokedAt;
      before = byReturn[answered]
    ) {
      if (largest === null || before.token > largest.token) largest = before;
      answered += 1;
    }
    if (largest === null || grant.token > largest.token) continue;
    const objection = `token ${grant.token} of ${grant.name} was granted after ${largest.token} of ${largest.name}`;
    return { records: [largest.record, grant.record], objection };
  }
  return null;
}

/** Another grant between two of one multi-lock. */
function apart(grants: readonly NewGrant[]): TokenConflict | null {
  let last: NewGrant | null = null;
  const passed = new Map<LockRecord, NewGrant>();
  for (const grant of grants.toSorted((left, right) => left.token - right.token)) {
    const earlier = passed.get(grant.record);
    if (earlier !== undefined && last !== null && last.record !== grant.record) {
      const { name, token } = last;
      const objection = `token ${token} of ${name} is between ${earlier.token} and ${grant.token} of one multi-lock`;
      return { records: [grant.record, last.record], objection };
    }
    passed.set(grant.record, grant);
    last = grant;
  }
  return null;
}

/** First holds of parties that cannot have had one before without knowing. */
function newGrants(
  record: LockRecord,
  number: number,
  facts: ReadonlyMap<string, LockFacts>,
): readonly NewGrant[] {
  const { input, output, invokedAt, returnedAt } = record;
  if (input.kind !== 'acquire' || output?.status !== 'granted' || returnedAt === null) return [];
  const { owner, sessionId } = input;
  return output.locks.flatMap(({ name, token, holds }) => {
    const untold = (facts.get(name)?.possibleGrants ?? []).some((grant) => {
      const then = grant.from <= returnedAt && grant.until >= invokedAt;
      return then && grant.record !== number && sameParty(grant.party, { owner, sessionId });
    });
    return holds === 1 && !untold ? [{ record, name, token }] : [];
  });
}

function returned({ record }: NewGrant): number {
  return record.returnedAt ?? Infinity;
}
