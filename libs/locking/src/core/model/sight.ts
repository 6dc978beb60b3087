import type { HolderIdentity } from '../commands/holder.js';
import type { LockResult } from '../commands/lock-result.js';
import type { Deeds } from './effects.js';
import type { Picture } from './picture.js';

/** All that is seen of a command and of what is there after it. */
export interface Seen {
  /** Null for the close of a proposer. */
  readonly result: LockResult | null;
  readonly deeds: Deeds;
  readonly picture: Picture;
}

/**
 * How closely it is looked at. `loosely`: not at tokens, leases and proposers, nor at the order of
 * grants, because what sweeps do, they do in later entries and in their own order of locks.
 */
export type Sight = 'exactly' | 'loosely';

const ONLY_EXACTLY = new Set([
  'holdId',
  'token',
  'olderToken',
  'leaseIndex',
  'expiresAtMs',
  'proposers',
]);

/** In a form in which two of them are the same when nothing that counts differs. */
export function comparable({ result, deeds, picture }: Seen, sight: Sight): unknown {
  const look = (value: unknown): unknown => (sight === 'exactly' ? value : loosely(value));
  const listed = (items: readonly unknown[]): readonly string[] => {
    return items.map((item) => JSON.stringify(look(item))).sort();
  };
  const { granted, reentrant, ended, left, deadlocks, settled } = deeds;
  return {
    // Which of its cycles a refusal names is free.
    result: result?.status === 'deadlock' ? result.status : look(result),
    granted: sight === 'exactly' ? granted : listed(granted),
    reentrant: listed(reentrant),
    ended: listed(ended),
    left: listed(left),
    deadlocks: listed(deadlocks),
    settled: listed(settled),
    picture: sight === 'exactly' ? picture : look({ ...picture, locks: withoutOrder(picture) }),
  };
}

/** The locks with their holders by owner instead of by token. */
function withoutOrder({ locks }: Picture): unknown {
  return locks.map((lock) => {
    const nameOf = ({ owner, sessionId }: HolderIdentity): string => `${owner} ${sessionId}`;
    const holders = [...lock.holders].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    return { ...lock, holders };
  });
}

function loosely(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosely);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !ONLY_EXACTLY.has(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, loosely(part)]));
}
