import type { GroupDriver, Instant, StateTables } from '@sinkron/consensus';
import { LOCK_MACHINE, LockMachine } from '@sinkron/locking';
import { expectPromise } from '../world/violation.js';

/** One replica that has applied all there is. */
export interface SettledReplica {
  readonly node: string;
  readonly driver: GroupDriver;
  /** The tables of its group. */
  readonly state: StateTables;
}

const QUERIES = [
  { kind: 'list', prefix: '', after: null, limit: 1000 },
  { kind: 'sessions', after: null, limit: 1000 },
  { kind: 'graph' },
] as const;

/**
 * Replicas that have applied the same show the same, and so does a machine that is opened on the
 * tables of one of them: what is kept in memory is what the tables say.
 */
export function expectAgreement(replicas: readonly SettledReplica[], instant: Instant): void {
  const shown = replicas.flatMap(({ node, driver, state }) => {
    const fresh = new LockMachine();
    fresh.open(tablesOfLocks(state));
    return [
      {
        of: node,
        views: QUERIES.map((query) => driver.machine.query(LOCK_MACHINE, query, instant)),
      },
      { of: `${node} anew`, views: QUERIES.map((query) => fresh.query(query, instant)) },
    ].map(({ of, views }) => ({ of, text: JSON.stringify(views, withoutDeadlines) }));
  });
  const [first] = shown;
  for (const { of, text } of shown) {
    expectPromise(text === first?.text, 'replicas that applied the same show the same', {
      of,
      text,
      first,
    });
  }
}

/** The leader knows the deadlines of its own memory. */
function withoutDeadlines(key: string, value: unknown): unknown {
  return key === 'expiresAtMs' ? undefined : value;
}

function tablesOfLocks(state: StateTables): StateTables {
  const inner = (table: string): string => `${LOCK_MACHINE}.${table}`;
  return {
    get: (table, key) => state.get(inner(table), key),
    put: () => {},
    remove: () => {},
    range: (table, from) => state.range(inner(table), from),
  };
}
