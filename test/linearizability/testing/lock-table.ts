import * as fc from 'fast-check';
import type { SequentialModel } from '../operation.js';
import type {
  LockInput,
  LockMode,
  LockOutput,
  LockRecord,
  SeenHolder,
  ToldGrant,
} from '../records/lock-record.js';
import { asked, record, TTL_MS } from './lock-records.js';

const OWNERS = ['a', 'b', 'c', 'd'];

/** Instants between two calls that a lock did one after the other. */
const POINT_DISTANCE = 10;

/** What is asked of a lock, and how that lies in time. */
export const DRAWN_CALL = fc.record({
  kind: fc.constantFrom('acquire', 'acquire', 'acquire', 'release', 'release', 'renew', 'get'),
  owner: fc.constantFrom(...OWNERS),
  mode: fc.constantFrom<LockMode>('shared', 'shared', 'exclusive'),
  fate: fc.constantFrom('told', 'told', 'told', 'told', 'untold', 'lost'),
  before: fc.integer({ min: 0, max: 30 }),
  after: fc.integer({ min: 0, max: 30 }),
  /** Whether all leases have ended before. */
  late: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
});

type DrawnCall = typeof DRAWN_CALL extends fc.Arbitrary<infer Value> ? Value : never;

interface Holder {
  readonly token: number;
  /** From before an upgrade; as good. */
  readonly tokenBefore: number;
  readonly mode: LockMode;
  readonly holds: number;
}

const NOT_HOLDER: LockOutput = { status: 'not-holder', name: 'l' };

/** One lock, that does one thing after the other; leases end when they are told to. */
class LockTable {
  constructor(
    private readonly holders: Map<string, Holder> = new Map(),
    private lastToken = 0,
  ) {}

  copy(): LockTable {
    return new LockTable(new Map(this.holders), this.lastToken);
  }

  get name(): string {
    return JSON.stringify([...this.holders, this.lastToken]);
  }

  expire(): void {
    this.holders.clear();
  }

  answer(input: LockInput): LockOutput {
    if (input.kind === 'acquire') {
      return this.acquire(input.owner, input.locks[0]?.mode ?? 'shared');
    }
    if (input.kind === 'release' || input.kind === 'renew') {
      return this.onHold(input.kind, input.owner, input.locks[0]?.token ?? 0);
    }
    return this.get();
  }

  private get(): LockOutput {
    const [first] = this.holders.values();
    if (first === undefined) return { status: 'free' };
    return { status: 'seen', mode: first.mode, holders: this.seen(null) };
  }

  private acquire(owner: string, mode: LockMode): LockOutput {
    const own = this.holders.get(owner);
    const others = [...this.holders].filter(([other]) => other !== owner);
    const excluded = mode === 'exclusive' ? others.length > 0 : others.some(isExclusive);
    const enough = own !== undefined && (mode === 'shared' || own.mode === 'exclusive');
    if (excluded && !enough) return { status: 'held', name: 'l', holders: this.seen(owner) };
    const holds = (own?.holds ?? 0) + 1;
    const token = this.lastToken + 1;
    const tokenBefore = own?.token ?? token;
    const after = enough ? { ...own, holds } : { token, tokenBefore, mode, holds };
    this.lastToken = Math.max(this.lastToken, after.token);
    this.holders.set(owner, after);
    return { status: 'granted', locks: [told(after)] };
  }

  private onHold(kind: 'release' | 'renew', owner: string, token: number): LockOutput {
    const own = this.holders.get(owner);
    if (own === undefined) return NOT_HOLDER;
    if (token !== own.token && token !== own.tokenBefore) return NOT_HOLDER;
    if (kind === 'renew') return { status: 'renewed', locks: [told(own)] };
    const holds = own.holds - 1;
    if (holds === 0) this.holders.delete(owner);
    else this.holders.set(owner, { ...own, holds });
    return { status: 'released', locks: [{ name: 'l', holds }] };
  }

  private seen(blind: string | null): readonly SeenHolder[] {
    return [...this.holders]
      .filter(([owner]) => owner !== blind)
      .map(([owner, { token, holds }]) => ({ owner, sessionId: null, token, holds }))
      .sort((left, right) => left.token - right.token);
  }
}

function told({ token, mode, holds }: Holder): ToldGrant {
  return { name: 'l', token, mode, holds };
}

function isExclusive([, { mode }]: readonly [string, Holder]): boolean {
  return mode === 'exclusive';
}

/** A lock whose leases never end. */
export const LOCK_TABLE: SequentialModel<LockTable, LockInput, LockOutput> = {
  initial: () => new LockTable(),
  step: (state, input, output) => {
    const next = state.copy();
    const answered = JSON.stringify(next.answer(input));
    return output === null || answered === JSON.stringify(output) ? [next] : [];
  },
  identify: ({ name }) => name,
};

/** What clients see of a lock that does all this; some calls are never answered. */
export function historyOf(drawn: readonly DrawnCall[]): readonly LockRecord[] {
  const table = new LockTable();
  const tokens = new Map<string, number>();
  let point = 0;
  return drawn.map(({ kind, owner, mode, fate, before, after, late }) => {
    if (late) table.expire();
    point += POINT_DISTANCE + (late ? 2 * TTL_MS : 0);
    const input = inputOf(kind, owner, mode, tokens.get(owner) ?? 0);
    const done = fate === 'lost' ? null : table.answer(input);
    const output = fate === 'told' ? done : null;
    const [grant] = output?.status === 'granted' ? output.locks : [];
    if (grant !== undefined) tokens.set(owner, grant.token);
    const returnedAt = output === null ? null : point + after;
    return record(owner, [Math.max(0, point - before), returnedAt], input, output);
  });
}

function inputOf(kind: string, owner: string, mode: LockMode, token: number): LockInput {
  const locks = [{ name: 'l', token }];
  if (kind === 'acquire') return asked(owner, { mode });
  if (kind === 'release') return { kind, owner, locks };
  if (kind === 'renew') return { kind, owner, locks, ttlMs: null };
  return { kind: 'get', name: 'l' };
}

/** The history with one answer that is another one. */
export function oneChanged(
  records: readonly LockRecord[],
  { place, how }: { readonly place: number; readonly how: number },
): readonly LockRecord[] {
  const answered = records.filter(({ output }) => output !== null);
  const changed = answered[place % Math.max(1, answered.length)];
  return records.map((entry) => {
    return entry === changed ? { ...entry, output: changedOutput(entry.output, how) } : entry;
  });
}

function changedOutput(output: LockOutput | null, how: number): LockOutput {
  const status = output?.status;
  if (status === 'granted') {
    // The token stays: its owner claims with it.
    return { status, locks: output.locks.map((lock) => recounted(lock, 1 + (how % 2))) };
  }
  if (status === 'renewed')
    return { status, locks: output.locks.map((lock) => recounted(lock, how)) };
  if (status === 'released') {
    return { status, locks: output.locks.map(({ name, holds }) => ({ name, holds: 1 - holds })) };
  }
  if (status !== 'held' && status !== 'seen') return { status: 'free' };
  const [first, ...others] = output.holders ?? [];
  if (first === undefined || (how % 2 === 0 && others.length > 0)) {
    return { ...output, holders: others };
  }
  return { ...output, holders: [recounted(first, how), ...others] };
}

function recounted<Item extends { readonly token: number; readonly holds: number }>(
  item: Item,
  how: number,
): Item {
  if (how % 3 === 0) return { ...item, token: item.token + 1 };
  return { ...item, holds: how % 3 === 1 ? item.holds + 1 : Math.max(1, item.holds - 1) };
}
