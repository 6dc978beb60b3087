import { acquire, acquireAll, release, renew } from '../../testing/lock-commands.js';
import { LOG_TIME_MS, TableUnderTest } from './testing/table-under-test.js';

const on = (owner: string, token: number, holds: number) => ({
  name: 'a',
  mode: 'exclusive',
  sessionId: null,
  owner,
  holdId: token,
  token,
  holds,
});
const AT_ONCE = { waiterId: null, proposers: [], remembered: false };

describe('A lock that nobody waits for', () => {
  it('is granted with the first token, and written as one hold and the counter', () => {
    const run = new TableUnderTest();
    run.index = 4;
    const expiresAtMs = LOG_TIME_MS + 5 + 30_000;
    const grant = { name: 'a', mode: 'exclusive', token: 1, holds: 1, ttlMs: 30_000, expiresAtMs };
    expect(run.apply(acquire('a', 'one', { metadata: '{"pid":7}' }))).toEqual({
      result: { status: 'granted', locks: [grant] },
      remember: true,
      settled: [],
      effects: [
        {
          kind: 'granted',
          ...on('one', 1, 1),
          ...AT_ONCE,
          reentrant: false,
          ttlMs: 30_000,
          leaseIndex: 5,
        },
      ],
    });
    expect([run.tables.takeWrites(), run.table.recordsTouched]).toEqual([2, 2]);
    expect(run.table.lock('a')).toMatchObject({
      name: 'a',
      mode: 'exclusive',
      delayed: false,
      holderCount: 1,
      queueLength: 0,
    });
    expect(run.table.hold(1)?.metadata).toBe('{"pid":7}');
  });

  it('refuses another owner at once, names the holder, and lets the caller ask again', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.apply(acquire('a', 'two'))).toEqual({
      result: {
        status: 'held',
        name: 'a',
        holders: [{ sessionId: null, owner: 'one', mode: 'exclusive', token: 1, holds: 1 }],
        queueLength: 0,
        delayed: false,
      },
      remember: false,
      settled: [],
      effects: [],
    });
    expect(run.holders('a')).toEqual(['one:exclusive']);
  });

  it('grants the holder again: one hold more, the same token, the new length and lease entry', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', { metadata: '{}' }));
    expect(run.apply(acquire('a', 'one', { ttlMs: 500 }))).toMatchObject({
      result: {
        status: 'granted',
        locks: [{ token: 1, holds: 2, ttlMs: 500, expiresAtMs: LOG_TIME_MS + 502 }],
      },
      effects: [
        { kind: 'granted', ...on('one', 1, 2), reentrant: true, ttlMs: 500, leaseIndex: 2 },
      ],
    });
    expect(run.table.hold(1)).toMatchObject({ holds: 2, metadata: '{}' });
    run.apply(acquire('a', 'one', { metadata: '{"try":2}' }));
    expect(run.table.hold(1)?.metadata).toBe('{"try":2}');
  });

  it('is released one hold at a time and leaves no record behind the last', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('a', 'one'));
    const effect = { kind: 'released', reason: 'released' };
    expect(run.apply(release('a', 'one', 1))).toEqual({
      result: { status: 'released', locks: [{ name: 'a', holds: 1 }] },
      remember: true,
      settled: [],
      effects: [{ ...effect, ...on('one', 1, 1) }],
    });
    run.tables.takeWrites();
    expect(run.apply(release('a', 'one', 1))).toEqual({
      result: { status: 'released', locks: [{ name: 'a', holds: 0 }] },
      remember: true,
      settled: [],
      effects: [{ ...effect, ...on('one', 1, 0) }],
    });
    expect(run.tables.takeWrites()).toBe(1);
    expect(run.tables.counts).toEqual({});
    expect([run.table.lock('a'), run.table.holdsCount]).toEqual([undefined, 0]);
    expect([...run.table.listed('', null)]).toEqual([]);
  });

  it.each([
    ['another owner', release('a', 'two', 1), { name: 'a', token: 1 }],
    ['another token', release('a', 'one', 2), { name: 'a', token: 2 }],
    ['another lock', release('b', 'one', 1), { name: 'b', token: 1 }],
    ['another owner renewing', renew('a', 'two', 1, 500), { name: 'a', token: 1 }],
  ])('is not released or renewed by %s', (_who, command, claimed) => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.apply(command)).toEqual({
      result: { status: 'not-holder', ...claimed },
      remember: true,
      settled: [],
      effects: [],
    });
    expect(run.table.hold(1)?.holds).toBe(1);
  });

  it('renews with another length in the log, and keeps the present one for null', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.apply(renew('a', 'one', 1, 700))).toMatchObject({
      result: { status: 'renewed', locks: [{ ttlMs: 700, expiresAtMs: LOG_TIME_MS + 702 }] },
      remember: true,
      effects: [{ kind: 'renewed', ...on('one', 1, 1), ttlMs: 700, leaseIndex: 2 }],
    });
    expect(run.effects(renew('a', 'one', 1))).toMatchObject([{ ttlMs: 700, leaseIndex: 3 }]);
  });

  it('several are released and renewed together, all or none', () => {
    const run = new TableUnderTest();
    const [a = 0, b = 0] = run.tokens(
      acquireAll(
        [
          { name: 'a', mode: 'exclusive' },
          { name: 'b', mode: 'shared' },
        ],
        'one',
      ),
    );
    expect([a, b]).toEqual([1, 2]);
    const both = (tokenOfB: number) => [
      { name: 'a', token: a },
      { name: 'b', token: tokenOfB },
    ];
    const refused = { status: 'not-holder', name: 'b', token: 9 };
    expect(run.result({ kind: 'release', owner: 'one', locks: both(9) })).toEqual(refused);
    expect(run.result({ kind: 'renew', owner: 'one', locks: both(9), ttlMs: 1_000 })).toEqual(
      refused,
    );
    expect([run.table.hold(a)?.ttlMs, run.table.holdsCount]).toEqual([30_000, 2]);
    expect(run.result({ kind: 'release', owner: 'one', locks: both(b) })).toEqual({
      status: 'released',
      locks: [
        { name: 'a', holds: 0 },
        { name: 'b', holds: 0 },
      ],
    });
    expect(run.tables.counts).toEqual({});
  });

  it('is listed by prefix in byte order', () => {
    const run = new TableUnderTest();
    for (const name of ['b', '😀', 'a/1', '\ufffd', 'a/2']) run.apply(acquire(name, 'one'));
    expect([...run.table.listed('', null)]).toEqual(['a/1', 'a/2', 'b', '\ufffd', '😀']);
    expect([...run.table.listed('a/', 'a/1')]).toEqual(['a/2']);
  });
});
