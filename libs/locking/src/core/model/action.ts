import * as fc from 'fast-check';
import type { WantedLock } from '../commands/holder.js';

/**
 * What somebody does next. It names what is there by number, modulo how many there are, so that it
 * means something in every state and still does when fast-check leaves earlier actions out.
 */
export type Action =
  | {
      readonly kind: 'acquire';
      readonly owner: string;
      readonly sessionId: string | null;
      readonly locks: readonly WantedLock[];
      readonly wait: boolean;
      readonly ttlMs: number;
      readonly lockDelayMs: number;
      readonly metadata: string | null;
      readonly by: number;
      readonly key: { readonly scope: string; readonly fingerprint: string } | null;
    }
  | {
      readonly kind: 'release' | 'renew';
      readonly hold: number;
      /** Another lock of the same owner as well. */
      readonly second: number | null;
      readonly olderToken: boolean;
      readonly wrong: 'owner' | 'token' | null;
      readonly ttlMs: number | null;
    }
  | {
      readonly kind: 'cancel';
      readonly waiting: boolean;
      readonly waiter: number;
      readonly release: boolean;
      readonly stranger: boolean;
    }
  | { readonly kind: 'break'; readonly name: string }
  | {
      readonly kind: 'create-session';
      readonly sessionId: string;
      readonly ttlMs: number;
      readonly lockDelayMs: number;
    }
  | { readonly kind: 'end-session'; readonly sessionId: string }
  | {
      readonly kind: 'expire';
      readonly leases: readonly Lease[];
      readonly otherTerm: boolean;
    }
  | { readonly kind: 'close'; readonly by: number }
  | { readonly kind: 'abandon'; readonly waiter: number; readonly otherTerm: boolean }
  | { readonly kind: 'sweep' }
  /** Another replica is opened from the records and goes on beside the first. */
  | { readonly kind: 'reopen' };

interface Lease {
  readonly of: 'hold' | 'session' | 'delay';
  readonly which: number;
  /** Whether it began anew since it was found due. */
  readonly stale: boolean;
}

export const PROPOSERS = 3;
const NAMES = ['a', 'b', 'c', 'd'] as const;
const OWNERS = ['ann', 'bob', 'cy', 'dee'] as const;
const SESSIONS = ['s1', 's2'] as const;

/** Plain objects only, as the wire gives them. */
function record<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const seldom = fc.integer({ min: 0, max: 9 }).map((at) => at === 0);
const number = fc.nat(30);
const wanted: fc.Arbitrary<WantedLock> = record({
  name: fc.constantFrom(...NAMES),
  mode: fc.constantFrom('exclusive', 'shared'),
});
const several = fc.uniqueArray(wanted, {
  minLength: 2,
  maxLength: 4,
  selector: ({ name }) => name,
});
const locks = fc.oneof(
  { weight: 5, arbitrary: wanted.map((lock) => [lock]) },
  { weight: 4, arbitrary: several },
);
const sessionId = fc.oneof(
  { weight: 14, arbitrary: fc.constant(null) },
  { weight: 8, arbitrary: fc.constantFrom(...SESSIONS) },
  { weight: 1, arbitrary: fc.constant('never') },
);
const lockDelayMs = fc.constantFrom(0, 0, 0, 3, 20);
const key = record({
  scope: fc.constantFrom('k1', 'k2'),
  fingerprint: fc.constantFrom('f', 'f', 'f', 'g'),
});

const acquire = record({
  kind: fc.constant('acquire' as const),
  owner: fc.constantFrom(...OWNERS),
  sessionId,
  locks,
  wait: fc.constantFrom(true, true, true, true, false),
  ttlMs: fc.constantFrom(100, 200),
  lockDelayMs,
  metadata: fc.constantFrom(null, '{"n":1}', '{"n":2}'),
  by: fc.nat(PROPOSERS - 1),
  key: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: key }),
});

const proof = {
  hold: number,
  second: fc.option(number, { freq: 3, nil: null }),
  olderToken: fc.boolean(),
  wrong: fc.constantFrom(null, null, null, null, null, 'owner' as const, 'token' as const),
};

const weighted: readonly fc.WeightedArbitrary<Action>[] = [
  { weight: 44, arbitrary: acquire },
  {
    weight: 26,
    arbitrary: record({
      kind: fc.constant('release' as const),
      ...proof,
      ttlMs: fc.constant(null),
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      kind: fc.constant('renew' as const),
      ...proof,
      ttlMs: fc.constantFrom(null, 500),
    }),
  },
  {
    weight: 9,
    arbitrary: record({
      kind: fc.constant('cancel' as const),
      waiting: fc.boolean(),
      waiter: number,
      release: fc.boolean(),
      stranger: seldom,
    }),
  },
  {
    weight: 2,
    arbitrary: record({ kind: fc.constant('break' as const), name: fc.constantFrom(...NAMES) }),
  },
  {
    weight: 8,
    arbitrary: record({
      kind: fc.constant('create-session' as const),
      sessionId: fc.constantFrom(...SESSIONS),
      ttlMs: fc.constantFrom(1_000, 2_000),
      lockDelayMs,
    }),
  },
  {
    weight: 2,
    arbitrary: record({
      kind: fc.constant('end-session' as const),
      sessionId: fc.constantFrom(...SESSIONS),
    }),
  },
  {
    weight: 7,
    arbitrary: record({
      kind: fc.constant('expire' as const),
      leases: fc.array(
        record({
          of: fc.constantFrom('hold', 'hold', 'session', 'delay', 'delay'),
          which: number,
          stale: seldom,
        }),
        { minLength: 1, maxLength: 3 },
      ),
      otherTerm: seldom,
    }),
  },
  {
    weight: 2,
    arbitrary: record({ kind: fc.constant('close' as const), by: fc.nat(PROPOSERS - 1) }),
  },
  {
    weight: 2,
    arbitrary: record({
      kind: fc.constant('abandon' as const),
      waiter: number,
      otherTerm: seldom,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'reopen' as const }) },
];

const sequence = fc.array(fc.oneof(...weighted), { minLength: 1, maxLength: 60, size: 'max' });

/**
 * Few names, owners, sessions and proposers, so that they meet each other all the time; in some
 * sequences even fewer, so that more happens to each.
 */
export const actions: fc.Arbitrary<readonly Action[]> = fc.oneof(
  { weight: 2, arbitrary: sequence },
  { weight: 1, arbitrary: sequence.map((list) => list.map(narrowed)) },
);

/** The same with two names and three owners. */
function narrowed(action: Action): Action {
  if (action.kind === 'break') return { ...action, name: narrowName(action.name) };
  if (action.kind !== 'acquire') return action;
  const wide = action.locks.map((lock) => ({ ...lock, name: narrowName(lock.name) }));
  const locks = wide.filter(({ name }, at) => wide.findIndex((lock) => lock.name === name) === at);
  return { ...action, locks, owner: action.owner === 'dee' ? 'ann' : action.owner };
}

function narrowName(name: string): string {
  return name === 'a' || name === 'c' ? 'a' : 'b';
}
