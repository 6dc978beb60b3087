import { acquire, expire, release, renew } from '../../testing/lock-commands.js';
import { MemoryTables } from '../../testing/memory-tables.js';
import { messagePackCodec } from '../../testing/record-codec.js';
import { LockTable } from './lock-table.js';

const LOG_TIME_MS = 1_700_000_000_000;

function opened(tables = new MemoryTables()): LockTable {
  const table = new LockTable(messagePackCodec());
  table.open(tables);
  return table;
}

function at(index: number, term = 1) {
  return { index, term, logTimeMs: LOG_TIME_MS + index };
}

const NOT_HOLDER = { result: { status: 'not-holder' }, remember: true, effects: [] };

describe('LockTable', () => {
  it('grants a free lock with the first token', () => {
    expect(opened().apply(acquire('a', 'one', { metadata: '{"pid":7}' }), at(5))).toEqual({
      result: {
        status: 'granted',
        mode: 'exclusive',
        token: 1,
        holds: 1,
        ttlMs: 30_000,
        expiresAtMs: LOG_TIME_MS + 5 + 30_000,
      },
      remember: true,
      effects: [
        {
          kind: 'granted',
          name: 'a',
          mode: 'exclusive',
          sessionId: null,
          owner: 'one',
          token: 1,
          holds: 1,
          ttlMs: 30_000,
          leaseIndex: 5,
        },
      ],
    });
  });

  it('refuses another owner at once, names the holder, and lets the caller ask again', () => {
    const table = opened();
    table.apply(acquire('a', 'one'), at(1));
    expect(table.apply(acquire('a', 'two'), at(2))).toEqual({
      result: {
        status: 'held',
        holders: [{ sessionId: null, owner: 'one', mode: 'exclusive', token: 1, holds: 1 }],
        queueLength: 0,
      },
      remember: false,
      effects: [],
    });
    expect(table.get('a')?.holders).toHaveLength(1);
  });

  it('grants the holder again: one hold more, the same token, the new length and lease entry', () => {
    const table = opened();
    table.apply(acquire('a', 'one', { metadata: '{}' }), at(1));
    expect(table.apply(acquire('a', 'one', { ttlMs: 500 }), at(2))).toEqual({
      result: {
        status: 'granted',
        mode: 'exclusive',
        token: 1,
        holds: 2,
        ttlMs: 500,
        expiresAtMs: LOG_TIME_MS + 2 + 500,
      },
      remember: true,
      effects: [
        {
          kind: 'granted',
          name: 'a',
          mode: 'exclusive',
          sessionId: null,
          owner: 'one',
          token: 1,
          holds: 2,
          ttlMs: 500,
          leaseIndex: 2,
        },
      ],
    });
    expect(table.get('a')).toEqual({
      name: 'a',
      mode: 'exclusive',
      holders: [
        {
          sessionId: null,
          owner: 'one',
          token: 1,
          holds: 2,
          ttlMs: 500,
          leaseIndex: 2,
          expiresAtMs: LOG_TIME_MS + 502,
          metadata: '{}',
        },
      ],
    });
  });

  it('a re-entrant acquire with metadata replaces the note', () => {
    const table = opened();
    table.apply(acquire('a', 'one', { metadata: '{"try":1}' }), at(1));
    table.apply(acquire('a', 'one', { metadata: '{"try":2}' }), at(2));
    expect(table.get('a')?.holders[0]?.metadata).toBe('{"try":2}');
  });

  it('releases one hold at a time and leaves no record behind the last', () => {
    const tables = new MemoryTables();
    const table = opened(tables);
    table.apply(acquire('a', 'one'), at(1));
    table.apply(acquire('a', 'one'), at(2));
    const released = { kind: 'released', name: 'a', mode: 'exclusive', sessionId: null };
    expect(table.apply(release('a', 'one', 1), at(3))).toEqual({
      result: { status: 'released', holds: 1 },
      remember: true,
      effects: [{ ...released, owner: 'one', token: 1, holds: 1 }],
    });
    expect(table.apply(release('a', 'one', 1), at(4))).toEqual({
      result: { status: 'released', holds: 0 },
      remember: true,
      effects: [{ ...released, owner: 'one', token: 1, holds: 0 }],
    });
    expect(table.get('a')).toBeUndefined();
    expect([tables.count('locks'), table.size, [...table.listed('', null)]]).toEqual([0, 0, []]);
    expect(table.apply(release('a', 'one', 1), at(5))).toEqual(NOT_HOLDER);
  });

  it.each([
    ['another owner', release('a', 'two', 1)],
    ['another token', release('a', 'one', 2)],
    ['a free lock', release('b', 'one', 1)],
    ['another owner renewing', renew('a', 'two', 1, 500)],
    ['another token renewing', renew('a', 'one', 2, 500)],
    ['a free lock renewed', renew('b', 'one', 1, 500)],
  ])('%s is not the holder and changes nothing', (_case, command) => {
    const table = opened();
    table.apply(acquire('a', 'one'), at(1));
    const before = table.get('a');
    expect(table.apply(command, at(2))).toEqual(NOT_HOLDER);
    expect(table.get('a')).toEqual(before);
  });

  it('renews with another length, or with the present one, and counts from the log time', () => {
    const table = opened();
    table.apply(acquire('a', 'one'), at(1));
    const effect = { kind: 'renewed', name: 'a', mode: 'exclusive', sessionId: null };
    expect(table.apply(renew('a', 'one', 1, 500), at(2))).toEqual({
      result: {
        status: 'renewed',
        mode: 'exclusive',
        token: 1,
        holds: 1,
        ttlMs: 500,
        expiresAtMs: LOG_TIME_MS + 502,
      },
      remember: true,
      effects: [{ ...effect, owner: 'one', token: 1, ttlMs: 500, leaseIndex: 2 }],
    });
    expect(table.apply(renew('a', 'one', 1), at(3)).effects).toEqual([
      { ...effect, owner: 'one', token: 1, ttlMs: 500, leaseIndex: 3 },
    ]);
  });

  it('expires the leases that are due and frees their locks', () => {
    const table = opened();
    table.apply(acquire('a', 'one'), at(1));
    table.apply(acquire('b', 'two'), at(2));
    const effect = { kind: 'expired', mode: 'exclusive', sessionId: null };
    expect(table.apply(expire(1, ['a', 1, 1], ['b', 2, 2], ['b', 2, 2]), at(3))).toEqual({
      result: { status: 'expired', ended: 2 },
      remember: true,
      effects: [
        { ...effect, name: 'a', owner: 'one', token: 1 },
        { ...effect, name: 'b', owner: 'two', token: 2 },
      ],
    });
    expect(table.size).toBe(0);
  });

  it('rounds a fractional log time down: records hold whole milliseconds', () => {
    const tables = new MemoryTables();
    const context = { index: 1, term: 1, logTimeMs: 1_000.75 };
    opened(tables).apply(acquire('a', 'one', { ttlMs: 500 }), context);
    expect(opened(tables).get('a')?.holders[0]?.expiresAtMs).toBe(1_500);
  });

  it('answers the same after it was rebuilt from its tables', () => {
    const tables = new MemoryTables();
    const table = opened(tables);
    table.apply(acquire('b', 'one', { metadata: '{"é":"😀"}' }), at(1));
    table.apply(acquire('a', 'two', { ttlMs: 86_400_000 }), at(2));
    table.apply(acquire('a', 'two'), at(3));
    const rebuilt = opened(tables);
    expect([...rebuilt.listed('', null)]).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(rebuilt.get(name)).toEqual(table.get(name));
    expect(rebuilt.apply(release('a', 'two', 2), at(4)).result).toEqual({
      status: 'released',
      holds: 1,
    });
    expect(rebuilt.apply(acquire('c', 'one'), at(5)).result).toMatchObject({ token: 3 });
  });

  it('can be opened again over other tables, as after a snapshot', () => {
    const table = opened();
    table.apply(acquire('old', 'one'), at(1));
    const snapshot = new MemoryTables();
    opened(snapshot).apply(acquire('new', 'two'), at(1));
    table.open(snapshot);
    expect([...table.listed('', null)]).toEqual(['new']);
  });
});

describe('LockTable on malformed input', () => {
  const good = acquire('a', 'one');
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'command must be an object'],
    ['a list', [], 'command must be an object'],
    ['an unknown kind', { kind: 'steal' }, 'kind must be acquire or release or renew or expire'],
    ['no name', { ...good, name: '' }, 'name must be a string of 1 to 256 characters'],
    ['a long name', { ...good, name: 'é'.repeat(129) }, 'name must be at most 256 bytes'],
    [
      'half a surrogate pair',
      { ...good, owner: '\ud800' },
      'owner must be a string of 1 to 128 characters',
    ],
    ['a session', { ...good, sessionId: 's' }, 'sessionId must be null'],
    ['a mode to come', { ...good, mode: 'shared' }, 'mode must be exclusive'],
    ['a short lease', { ...good, ttlMs: 99 }, 'ttlMs must be an integer of 100 to 86400000'],
    [
      'half a millisecond',
      { ...good, ttlMs: 100.5 },
      'ttlMs must be an integer of 100 to 86400000',
    ],
    [
      'long metadata',
      { ...good, metadata: 'é'.repeat(513) },
      'metadata must be at most 1024 bytes',
    ],
    ['token 0', release('a', 'one', 0), 'token must be an integer of 1 to 9007199254740991'],
    [
      'an expiry of nothing',
      { kind: 'expire', term: 1 },
      'leases must be an array of at most 1000 items',
    ],
    ['a broken lease', { kind: 'expire', term: 1, leases: [1] }, 'lease must be an object'],
  ])('%s changes nothing and is named', (_case, command, message) => {
    const tables = new MemoryTables();
    const table = opened(tables);
    expect(table.apply(command, at(1))).toEqual({
      result: { status: 'malformed', message },
      remember: false,
      effects: [],
    });
    expect([tables.count('locks'), tables.count('counter')]).toEqual([0, 0]);
  });

  it('stops at a record that it did not write', () => {
    const tables = new MemoryTables();
    tables.put('locks', 'a', messagePackCodec().encode({ mode: 'exclusive', holders: [] }));
    expect(() => opened(tables)).toThrow('Lock: an exclusive lock has one holder');
    tables.put('locks', 'a', messagePackCodec().encode({ mode: 'odd', holders: [] }));
    expect(() => opened(tables)).toThrow('mode must be exclusive');
  });

  it('stops at a token above the counter: a grant could repeat it', () => {
    const tables = new MemoryTables();
    opened(tables).apply(acquire('a', 'one'), at(1));
    tables.remove('counter', 'token');
    expect(() => opened(tables)).toThrow('LockTable: token <= lastToken');
  });
});
