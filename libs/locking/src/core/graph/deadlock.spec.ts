import type { LockMode } from '../commands/holder.js';
import { acquire, acquireAll, cancel, expire, release } from '../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../table/testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;

const all = (owner: string, locks: Record<string, LockMode>) =>
  acquireAll(
    Object.entries(locks).map(([name, mode]) => ({ name, mode })),
    owner,
    { wait: true },
  );

const edge = (owner: string, waitsFor: string, lock: string) => ({ owner, waitsFor, lock });

describe('A deadlock', () => {
  it('of two locks taken in opposite order: the request that closes it is refused and named', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    const b = run.token(acquire('b', 'two'));
    run.waits(acquire('b', 'one', X));
    const cycle = [edge('two', 'one', 'a'), edge('one', 'two', 'b')];
    expect(run.apply(acquire('a', 'two', X))).toEqual({
      result: { status: 'deadlock', cycle },
      remember: true,
      settled: [],
      effects: [
        { kind: 'deadlock', sessionId: null, owner: 'two', name: 'a', mode: 'exclusive', cycle },
      ],
    });
    expect(run.queue('a')).toEqual([]);
    expect(granted(run.effects(release('b', 'two', b)))).toEqual(['one b 3']);
  });

  it('of three owners', () => {
    const run = new TableUnderTest();
    for (const [name, owner] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'three'],
    ] as const) {
      run.apply(acquire(name, owner));
    }
    run.waits(acquire('b', 'one', X));
    run.waits(acquire('c', 'two', X));
    expect(run.result(acquire('a', 'three', X))).toEqual({
      status: 'deadlock',
      cycle: [edge('three', 'one', 'a'), edge('one', 'two', 'b'), edge('two', 'three', 'c')],
    });
  });

  it('names the shortest cycle', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('a', 'two', S));
    run.apply(acquire('b', 'two'));
    run.apply(acquire('c', 'three'));
    run.waits(acquire('b', 'one', X));
    run.waits(acquire('c', 'two', X));
    expect(run.result(acquire('a', 'three', X))).toEqual({
      status: 'deadlock',
      cycle: [edge('three', 'two', 'a'), edge('two', 'three', 'c')],
    });
  });

  it('through the order of a queue: who waits behind a waiter waits for it', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('b', 'two'));
    run.waits(acquire('a', 'writer', X));
    run.apply(acquire('c', 'writer2'));
    run.waits(acquire('a', 'two', S));
    expect(run.result(acquire('b', 'writer', X))).toEqual({
      status: 'deadlock',
      cycle: [edge('writer', 'two', 'b'), edge('two', 'writer', 'a')],
    });
  });

  it('is never the answer to a request that does not wait', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('b', 'two'));
    run.waits(acquire('b', 'one', X));
    expect(run.result(acquire('a', 'two')).status).toBe('held');
  });

  it('needs somebody who waits: a request that is refused for now adds no edge', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('b', 'two'));
    run.apply(acquire('b', 'one'));
    expect(run.result(acquire('a', 'two', X)).status).toBe('queued');
  });

  it('is none when who waits for it is the same holder', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('b', 'two', S));
    run.waits(acquire('b', 'one', X));
    expect(run.result(acquire('a', 'one', X)).status).toBe('granted');
  });

  it('is gone with the wait that was part of it', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('b', 'two'));
    const waiterId = run.waits(acquire('b', 'one', X));
    run.apply(cancel(waiterId));
    expect(run.result(acquire('a', 'two', X)).status).toBe('queued');
  });

  it('between readers that share there is none', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('b', 'two', S));
    expect(run.result(acquire('b', 'one', S)).status).toBe('granted');
    expect(run.result(acquire('a', 'two', S)).status).toBe('granted');
  });

  it('a run at the front shares the lock with who holds it: a writer behind it waits for both', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'holder', S));
    run.apply(acquire('b', 'other'));
    run.waits(all('multi', { a: 'shared', b: 'exclusive' }));
    run.apply(acquire('c', 'writer'));
    run.waits(acquire('a', 'writer', X));
    expect(run.result(acquire('c', 'holder', X))).toEqual({
      status: 'deadlock',
      cycle: [edge('holder', 'writer', 'c'), edge('writer', 'holder', 'a')],
    });
  });

  it('through a place that its holder has covered: who stands between waits there as well', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('k', 'four'));
    run.apply(acquire('d', 'four'));
    run.waits(all('three', { a: 'exclusive', d: 'exclusive' }));
    run.waits(all('one', { a: 'shared', k: 'shared' }));
    expect(run.queue('a')).toEqual(['three:exclusive', 'one:shared']);
    run.waits(acquire('a', 'five', X));
    run.apply(acquire('e', 'five'));
    expect(run.result(acquire('e', 'three', X))).toEqual({
      status: 'deadlock',
      cycle: [edge('three', 'five', 'e'), edge('five', 'three', 'a')],
    });
  });

  it('through readers in front of a place that its holder has covered, behind other readers', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('b', 'two'));
    run.apply(acquire('c', 'three'));
    run.waits(all('four', { a: 'shared', b: 'exclusive' }));
    run.waits(all('one', { a: 'exclusive', c: 'exclusive' }));
    run.waits(acquire('a', 'five', S));
    expect(run.queue('a')).toEqual(['four:shared', 'one:exclusive', 'five:shared']);
    // Waits for four, which waits for it at b, and which is passed for that.
    run.waits(acquire('a', 'two', X));
    expect(run.queue('a').slice(-2)).toEqual(['two:exclusive', 'four:shared']);
    run.table.validate();
  });

  it('that a lost lease makes is found: its request is gone, and asked anew it is refused', () => {
    const run = new TableUnderTest();
    const a = run.token(acquire('a', 'one'));
    run.apply(acquire('j', 'one'));
    run.apply(acquire('k', 'four'));
    run.waits(acquire('a', 'two', X));
    run.waits(acquire('j', 'two', X));
    const mine = run.waits(all('one', { a: 'exclusive', k: 'exclusive' }));
    expect(run.queue('a')).toEqual(['two:exclusive', 'one:exclusive']);
    expect(run.effects(expire(1, [a, 1]))).toMatchObject([
      { kind: 'expired', name: 'a' },
      { kind: 'granted', name: 'a', owner: 'two' },
      { kind: 'left', waiterId: mine, proposers: ['node1'] },
    ]);
    expect(run.result(all('one', { a: 'exclusive', k: 'exclusive' })).status).toBe('deadlock');
    run.table.validate();
  });

  it('the whole graph is told by its reduced edges', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.waits(acquire('a', 'two', S));
    run.waits(acquire('a', 'three', S));
    run.waits(acquire('a', 'four', X));
    run.waits(acquire('a', 'five', X));
    const edges = [
      edge('two', 'one', 'a'),
      edge('three', 'one', 'a'),
      edge('four', 'two', 'a'),
      edge('four', 'three', 'a'),
      edge('five', 'four', 'a'),
    ];
    expect(run.table.edges(10)).toEqual({ edges, truncated: false });
    expect(run.table.edges(4)).toEqual({ edges: edges.slice(0, 4), truncated: true });
  });
});

describe('A cycle that exists only because a request queues behind a multi-lock', () => {
  it('is no deadlock: the request passes, and is granted at once when nothing else is in its way', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    expect(run.apply(acquire('a', 'one', X))).toMatchObject({
      result: { status: 'granted', locks: [{ name: 'a', token: 2 }] },
    });
    expect(run.queue('a')).toEqual(['two:exclusive']);
    run.apply(release('a', 'one', 2));
    expect(granted(run.effects(release('b', 'one', 1)))).toEqual(['two a 3', 'two b 4']);
  });

  it('without waiting it is refused for now, and everybody stays in place', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(acquire('a', 'three', X));
    expect(run.result(acquire('a', 'one')).status).toBe('held');
    expect(run.queue('a')).toEqual(['two:exclusive', 'three:exclusive']);
  });

  it('the multi-lock goes to the tail, and stays there across a restart', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    const a = run.token(acquire('a', 'holder'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(acquire('a', 'three', X));
    expect(run.result(acquire('a', 'one', X))).toEqual({
      status: 'queued',
      waiterId: 3,
      upgrade: false,
    });
    const order = ['three:exclusive', 'one:exclusive', 'two:exclusive'];
    expect(run.queue('a')).toEqual(order);
    expect(run.restarted().queue('a')).toEqual(order);
    run.waits(acquire('a', 'four', X));
    expect(run.restarted().queue('a')).toEqual([...order, 'four:exclusive']);
    expect(granted(run.effects(release('a', 'holder', a)))).toEqual(['three a 3']);
  });

  it('several multi-locks are passed by one request', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.apply(acquire('a', 'holder'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(all('three', { a: 'exclusive', b: 'shared' }));
    run.waits(acquire('a', 'one', X));
    expect(run.queue('a')).toEqual(['one:exclusive', 'two:exclusive', 'three:exclusive']);
    expect(run.restarted().queue('a')).toEqual(run.queue('a'));
    run.table.validate();
  });

  it('a multi-lock that is passed takes another with it that it would wait for then', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('b', 'holder'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(all('three', { a: 'exclusive', b: 'shared' }));
    // Behind `three` at b alone, `two` would wait for whoever waits for it at a.
    run.waits(acquire('b', 'one', S));
    expect(run.queue('b')).toEqual(['one:shared', 'two:exclusive', 'three:shared']);
    expect(run.restarted().queue('b')).toEqual(run.queue('b'));
    run.table.validate();
  });

  it('also where the cycle through it begins at another lock', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'holder', S));
    run.apply(acquire('b', 'holder', S));
    run.apply(acquire('c', 'holder'));
    run.waits(all('one', { a: 'exclusive', b: 'exclusive' }));
    run.waits(all('two', { a: 'exclusive', b: 'shared', c: 'exclusive' }));
    run.waits(all('three', { a: 'shared', b: 'shared', c: 'shared' }));
    run.waits(all('four', { a: 'exclusive', b: 'shared', c: 'exclusive' }));
    run.waits(all('five', { a: 'exclusive', b: 'exclusive' }));
    run.waits(all('six', { a: 'shared', b: 'exclusive', c: 'exclusive' }));
    run.waits(acquire('c', 'seven', X));
    run.waits(all('eight', { a: 'shared', b: 'shared', c: 'exclusive' }));
    // Shared like the request, and in nobody's way until the others are behind it.
    run.waits(all('nine', { b: 'shared', c: 'shared' }));
    run.waits(acquire('c', 'one', S));
    const passed = ['two:exclusive', 'three:shared', 'four:exclusive', 'six:exclusive'];
    const others = ['eight:exclusive', 'nine:shared'];
    expect(run.queue('c')).toEqual(['seven:exclusive', 'one:shared', ...passed, ...others]);
    run.table.validate();
  });

  it('whom the passing lets through is granted too', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.apply(acquire('a', 'reader', S));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(acquire('a', 'three', S));
    expect(granted(run.effects(acquire('a', 'one', X)))).toEqual(['three a 3']);
    expect(run.queue('a')).toEqual(['one:exclusive', 'two:exclusive']);
  });

  it('an earlier request of the same holder, with which it stands, passes too', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('c', 'five', S));
    run.waits(all('six', { b: 'shared', a: 'shared', c: 'shared' }));
    run.waits(all('three', { c: 'shared', b: 'exclusive' }));
    run.waits(acquire('b', 'two', S));
    run.apply(acquire('c', 'three', S));
    expect(run.queue('b')).toEqual(['six:shared', 'three:exclusive', 'two:shared']);
    // Its upgrade at c is ahead of `six`, for which its request at b has waited so far.
    const { result, effects } = run.apply(
      all('three', { b: 'shared', c: 'exclusive', a: 'shared' }),
    );
    expect(result).toEqual({ status: 'queued', waiterId: 4, upgrade: true });
    expect(effects).toMatchObject([
      { kind: 'queued', waiterId: 4 },
      { kind: 'granted', name: 'c', waiterId: 2, token: 3, holds: 2, reentrant: true },
      { kind: 'granted', name: 'b', waiterId: 2, token: 4, holds: 1, reentrant: false },
    ]);
    expect(run.holders('b')).toEqual(['three:exclusive']);
    expect(run.queue('b')).toEqual(['three:shared', 'two:shared', 'six:shared']);
    expect(run.queue('c')).toEqual(['three:exclusive', 'six:shared']);
    expect(run.restarted().queue('b')).toEqual(run.queue('b'));
    run.table.validate();
  });

  it('passes only whom it need not wait for, not those that wait for that one', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.waits(all('two', { a: 'exclusive', d: 'exclusive' }));
    run.waits(all('three', { c: 'exclusive', d: 'exclusive' }));
    run.waits(acquire('d', 'three', S));
    // Sent to the tail without `two`, `three` would wait for it there, and it for `three`.
    const { result, effects } = run.apply(acquire('d', 'one', S));
    expect(result.status).toBe('queued');
    expect(granted(effects)).toEqual(['three c 2', 'three d 3', 'three d 3']);
    expect(run.queue('d')).toEqual(['one:shared', 'two:exclusive']);
    run.table.validate();
  });

  it('tries others when those that it passes first would wait for themselves', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    run.apply(acquire('d', 'holder'));
    run.waits(all('two', { a: 'exclusive', d: 'exclusive' }));
    run.waits(all('two', { d: 'shared', a: 'exclusive' }));
    run.waits(all('one', { a: 'exclusive', d: 'shared' }));
    run.waits(all('three', { d: 'exclusive', a: 'exclusive' }));
    run.waits(acquire('d', 'one', X));
    const others = ['two:exclusive', 'three:exclusive', 'two:shared'];
    expect(run.queue('d')).toEqual(['one:shared', 'one:exclusive', ...others]);
    expect(run.restarted().queue('d')).toEqual(run.queue('d'));
    run.table.validate();
  });

  it('a cycle through its hold is a deadlock, and nobody is moved', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.apply(acquire('a', 'two', S));
    run.waits(all('two', { b: 'exclusive', c: 'exclusive' }));
    run.waits(acquire('a', 'three', X));
    expect(run.result(acquire('a', 'one', X))).toMatchObject({ status: 'deadlock' });
    expect(run.queue('a')).toEqual(['three:exclusive']);
  });

  it('moves are undone when a cycle is left', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.apply(acquire('a', 'holder'));
    run.waits(all('two', { a: 'exclusive', b: 'exclusive' }));
    run.waits(acquire('a', 'three', X));
    run.waits(acquire('b', 'holder', X));
    run.tables.takeWrites();
    const before = run.tables.text();
    expect(run.result(acquire('a', 'one', X))).toMatchObject({ status: 'deadlock' });
    expect([run.tables.takeWrites(), run.tables.text() === before]).toEqual([0, true]);
    expect(run.queue('a')).toEqual(['two:exclusive', 'three:exclusive']);
    run.table.validate();
  });
});
