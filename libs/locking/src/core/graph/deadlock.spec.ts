import { acquire, cancel, expire, release, waitForAll } from '../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../table/testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;

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
    run.waits(waitForAll('multi', { a: 'shared', b: 'exclusive' }));
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
    run.waits(waitForAll('three', { a: 'exclusive', d: 'exclusive' }));
    run.waits(waitForAll('one', { a: 'shared', k: 'shared' }));
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
    run.waits(waitForAll('four', { a: 'shared', b: 'exclusive' }));
    run.waits(waitForAll('one', { a: 'exclusive', c: 'exclusive' }));
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
    const mine = run.waits(waitForAll('one', { a: 'exclusive', k: 'exclusive' }));
    expect(run.queue('a')).toEqual(['two:exclusive', 'one:exclusive']);
    expect(run.effects(expire(1, [a, 1]))).toMatchObject([
      { kind: 'expired', name: 'a' },
      { kind: 'granted', name: 'a', owner: 'two' },
      { kind: 'left', waiterId: mine, proposers: ['node1'] },
    ]);
    expect(run.result(waitForAll('one', { a: 'exclusive', k: 'exclusive' })).status).toBe(
      'deadlock',
    );
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
