import { acquire, expire, release } from '../../testing/lock-commands.js';
import { MemoryTables } from '../../testing/memory-tables.js';
import { messagePackCodec } from '../../testing/record-codec.js';
import { LockTable } from './lock-table.js';

function opened(tables: MemoryTables): LockTable {
  const table = new LockTable(messagePackCodec());
  table.open(tables);
  return table;
}

let index = 0;
const next = (term = 1) => ({ index: (index += 1), term, logTimeMs: 1_000 + index });

function tokenOf(table: LockTable, name: string, owner: string): number {
  const { result } = table.apply(acquire(name, owner), next());
  if (result.status !== 'granted') throw new Error(`not granted: ${result.status}`);
  return result.token;
}

describe('Fencing tokens', () => {
  it('a counter kept with the lock would begin again: an idle lock leaves nothing, its tokens go on', () => {
    const tables = new MemoryTables();
    const table = opened(tables);
    const first = tokenOf(table, 'a', 'one');
    table.apply(release('a', 'one', first), next());
    expect(tables.count('locks')).toBe(0);
    expect(tokenOf(table, 'a', 'two')).toBeGreaterThan(first);
  });

  it('a counter in memory would begin again: tokens go on after a restart with no lock held', () => {
    const tables = new MemoryTables();
    const table = opened(tables);
    const first = tokenOf(table, 'a', 'one');
    table.apply(release('a', 'one', first), next());
    expect(tokenOf(opened(tables), 'a', 'one')).toBe(first + 1);
  });

  it('every grant of every lock takes the next token; a re-entrant one keeps its own', () => {
    const table = opened(new MemoryTables());
    expect([
      tokenOf(table, 'a', 'one'),
      tokenOf(table, 'b', 'one'),
      tokenOf(table, 'a', 'one'),
      tokenOf(table, 'c', 'two'),
    ]).toEqual([1, 2, 1, 3]);
  });

  it('a refused acquire takes no token', () => {
    const table = opened(new MemoryTables());
    tokenOf(table, 'a', 'one');
    table.apply(acquire('a', 'two'), next());
    expect(tokenOf(table, 'b', 'two')).toBe(2);
  });

  it('a holder that expired cannot release the next one, even as the same owner', () => {
    const table = opened(new MemoryTables());
    const old = tokenOf(table, 'a', 'one');
    const leaseIndex = table.get('a')?.holders[0]?.leaseIndex ?? 0;
    table.apply(expire(1, ['a', old, leaseIndex]), next());
    const young = tokenOf(table, 'a', 'one');
    expect(young).toBeGreaterThan(old);
    expect(table.apply(release('a', 'one', old), next()).result).toEqual({ status: 'not-holder' });
    expect(table.get('a')?.holders[0]?.token).toBe(young);
  });
});

describe('Expiry in the log', () => {
  it('an expiry of a deposed leader is void: the new leader gave the lease its full length again', () => {
    const table = opened(new MemoryTables());
    const token = tokenOf(table, 'a', 'one');
    const leaseIndex = table.get('a')?.holders[0]?.leaseIndex ?? 0;
    expect(table.apply(expire(1, ['a', token, leaseIndex]), next(2))).toEqual({
      result: { status: 'expired', ended: 0 },
      remember: true,
      effects: [],
    });
    expect(table.get('a')?.holders[0]?.token).toBe(token);
  });

  it('an expiry overtaken by a re-entrant acquire is void: that acquire was answered', () => {
    const table = opened(new MemoryTables());
    const token = tokenOf(table, 'a', 'one');
    const dueIndex = table.get('a')?.holders[0]?.leaseIndex ?? 0;
    tokenOf(table, 'a', 'one');
    expect(table.apply(expire(1, ['a', token, dueIndex]), next()).effects).toEqual([]);
    expect(table.get('a')?.holders[0]?.holds).toBe(2);
  });

  it('an expiry that was proposed for the last holder spares the next one', () => {
    const table = opened(new MemoryTables());
    const old = tokenOf(table, 'a', 'one');
    const dueIndex = table.get('a')?.holders[0]?.leaseIndex ?? 0;
    table.apply(release('a', 'one', old), next());
    const young = tokenOf(table, 'a', 'two');
    expect(table.apply(expire(1, ['a', old, dueIndex]), next()).effects).toEqual([]);
    expect(table.get('a')?.holders[0]?.token).toBe(young);
  });

  it('one command ends many leases and spares only the overtaken', () => {
    const table = opened(new MemoryTables());
    const leases = ['a', 'b', 'c'].map((name) => {
      const token = tokenOf(table, name, 'one');
      return [name, token, table.get(name)?.holders[0]?.leaseIndex ?? 0] as const;
    });
    tokenOf(table, 'b', 'one');
    const { effects, result } = table.apply(expire(1, ...leases), next());
    expect(result).toEqual({ status: 'expired', ended: 2 });
    expect(effects.map(({ name }) => name)).toEqual(['a', 'c']);
    expect([...table.listed('', null)]).toEqual(['b']);
  });
});
