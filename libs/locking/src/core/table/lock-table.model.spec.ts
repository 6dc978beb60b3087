import fc from 'fast-check';
import { acquire, expire, release, renew } from '../../testing/lock-commands.js';
import { MemoryTables } from '../../testing/memory-tables.js';
import { messagePackCodec } from '../../testing/record-codec.js';
import { LockTable } from './lock-table.js';

/** A lock table as one would write it on a blackboard. */
class Reference {
  readonly held = new Map<
    string,
    { owner: string; token: number; holds: number; ttlMs: number; since: number }
  >();
  lastToken = 0;

  acquire(name: string, owner: string, ttlMs: number, index: number): object {
    const hold = this.held.get(name);
    if (hold !== undefined && hold.owner !== owner) return { status: 'held', owner: hold.owner };
    const token = hold === undefined ? (this.lastToken += 1) : hold.token;
    const holds = (hold?.holds ?? 0) + 1;
    this.held.set(name, { owner, token, holds, ttlMs, since: index });
    return { status: 'granted', token, holds, ttlMs };
  }

  release(name: string, owner: string, token: number): object {
    const hold = this.held.get(name);
    if (hold === undefined || hold.owner !== owner || hold.token !== token) {
      return { status: 'not-holder' };
    }
    hold.holds -= 1;
    if (hold.holds === 0) this.held.delete(name);
    return { status: 'released', holds: hold.holds };
  }

  renew(name: string, owner: string, token: number, ttlMs: number | null, index: number): object {
    const hold = this.held.get(name);
    if (hold === undefined || hold.owner !== owner || hold.token !== token) {
      return { status: 'not-holder' };
    }
    hold.ttlMs = ttlMs ?? hold.ttlMs;
    hold.since = index;
    return { status: 'renewed', token, holds: hold.holds, ttlMs: hold.ttlMs };
  }

  expire(name: string, token: number, leaseIndex: number, sameTerm: boolean): object {
    const hold = this.held.get(name);
    const dead = sameTerm && hold?.token === token && hold.since === leaseIndex;
    if (dead) this.held.delete(name);
    return { status: 'expired', ended: dead ? 1 : 0 };
  }
}

/** The parts of a result that the reference speaks about. */
function essence(result: object): object {
  const { status, owner, token, holds, ttlMs, ended, holders } = result as Record<string, unknown>;
  const first: unknown = Array.isArray(holders) ? holders[0] : undefined;
  const heldOwner = (first as { owner?: unknown } | undefined)?.owner ?? owner;
  const kept =
    status === 'held' ? { status, owner: heldOwner } : { status, token, holds, ttlMs, ended };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

const name = fc.constantFrom('a', 'b', 'ü');
const owner = fc.constantFrom('one', 'two', 'three');
const ttlMs = fc.constantFrom(100, 30_000, 86_400_000);
/** How far behind the newest token: mostly the present holder's, sometimes an old or a wrong one. */
const tokenLag = fc.integer({ min: -1, max: 4 });
const indexLag = fc.integer({ min: 0, max: 6 });

const step = fc.oneof(
  fc.record({ kind: fc.constant('acquire' as const), name, owner, ttlMs }),
  fc.record({ kind: fc.constant('release' as const), name, owner, tokenLag }),
  fc.record({ kind: fc.constant('release-held' as const), name }),
  fc.record({
    kind: fc.constant('renew' as const),
    name,
    owner,
    tokenLag,
    ttlMs: fc.option(ttlMs),
  }),
  fc.record({
    kind: fc.constant('expire' as const),
    name,
    tokenLag,
    indexLag,
    sameTerm: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('expire-held' as const), name, sameTerm: fc.boolean() }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class Run {
  private readonly tables = new MemoryTables();
  private readonly reference = new Reference();
  private table = this.reopened();
  private index = 0;

  take(action: Step): void {
    this.index += 1;
    const context = { index: this.index, term: 7, logTimeMs: 1_000 * this.index };
    const [command, expected] = this.both(action);
    if (command === null) {
      this.table = this.reopened();
    } else {
      expect(essence(this.table.apply(command, context).result)).toEqual(expected);
    }
    this.compare();
  }

  private both(action: Step): readonly [object | null, object] {
    const { reference, index } = this;
    switch (action.kind) {
      case 'acquire':
        return [
          acquire(action.name, action.owner, { ttlMs: action.ttlMs }),
          reference.acquire(action.name, action.owner, action.ttlMs, index),
        ];
      case 'release':
      case 'release-held': {
        const hold = reference.held.get(action.name);
        const by = action.kind === 'release' ? action.owner : (hold?.owner ?? 'nobody');
        const token = action.kind === 'release' ? this.token(action.tokenLag) : (hold?.token ?? 1);
        return [release(action.name, by, token), reference.release(action.name, by, token)];
      }
      case 'renew': {
        const token = this.token(action.tokenLag);
        return [
          renew(action.name, action.owner, token, action.ttlMs),
          reference.renew(action.name, action.owner, token, action.ttlMs, index),
        ];
      }
      case 'expire':
      case 'expire-held': {
        const hold = reference.held.get(action.name);
        const token = action.kind === 'expire' ? this.token(action.tokenLag) : (hold?.token ?? 1);
        const since =
          action.kind === 'expire' ? Math.max(0, index - action.indexLag) : (hold?.since ?? 0);
        return [
          expire(action.sameTerm ? 7 : 6, [action.name, token, since]),
          reference.expire(action.name, token, since, action.sameTerm),
        ];
      }
      case 'reopen':
        return [null, {}];
    }
  }

  private token(lag: number): number {
    return Math.max(1, this.reference.lastToken - lag);
  }

  private reopened(): LockTable {
    const table = new LockTable(messagePackCodec());
    table.open(this.tables);
    return table;
  }

  private compare(): void {
    this.table.validate();
    const held = [...this.table.all()].map((lock) => [lock.name, lock.holders[0]?.token]);
    const expected = [...this.reference.held].map(([lock, hold]) => [lock, hold.token]);
    expect(new Map(held as [string, number][])).toEqual(new Map(expected as [string, number][]));
    expect(this.tables.count('locks')).toBe(this.reference.held.size);
  }
}

it('LockTable does what the reference does, across any restarts', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const run = new Run();
      for (const action of steps) run.take(action);
    }),
    { numRuns: 500 },
  );
});
