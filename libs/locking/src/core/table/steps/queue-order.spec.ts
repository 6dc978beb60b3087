import { acquire, acquireAll, cancel, expire, release } from '../../../testing/lock-commands.js';
import { granted, LOG_TIME_MS, TableUnderTest } from '../testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;

describe('The queue of a lock', () => {
  it('is joined behind the holder, and told of', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.apply(acquire('a', 'two', X), { proposer: 'node2' })).toEqual({
      result: { status: 'queued', waiterId: 1, upgrade: false },
      remember: false,
      settled: [],
      effects: [
        {
          kind: 'queued',
          waiterId: 1,
          sessionId: null,
          owner: 'two',
          locks: [{ name: 'a', mode: 'exclusive' }],
          proposers: ['node2'],
        },
      ],
    });
    expect(run.tables.counts).toEqual({ holds: 1, waiters: 1 });
    expect([...(run.table.lock('a')?.queue() ?? [])]).toEqual([
      { owner: 'two', sessionId: null, mode: 'exclusive', sinceMs: LOG_TIME_MS + 2, waiterId: 1 },
    ]);
    expect(run.table.waiter(1)).toMatchObject({ owner: 'two', proposers: ['node2'] });
    expect(run.table.waitersCount).toBe(1);
  });

  it('a release grants the first in the same command, with its own lease and terms', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    const waiterId = run.waits(acquire('a', 'two', { ...X, ttlMs: 700, metadata: '{"n":1}' }));
    const { effects } = run.apply(release('a', 'one', token));
    expect(effects).toMatchObject([
      { kind: 'released', owner: 'one', holds: 0 },
      {
        kind: 'granted',
        owner: 'two',
        holdId: 2,
        token: 2,
        holds: 1,
        reentrant: false,
        ttlMs: 700,
        leaseIndex: 3,
        waiterId,
        proposers: ['node1'],
        remembered: false,
      },
    ]);
    expect(run.table.hold(2)).toMatchObject({
      metadata: '{"n":1}',
      expiresAtMs: LOG_TIME_MS + 703,
    });
    expect(run.table.grantsOf(waiterId).map(({ id }) => id)).toEqual([2]);
    expect(run.table.waiter(waiterId)).toBeUndefined();
    expect(run.tables.counts).toEqual({ holds: 1 });
  });

  it('two readers share, a writer waits for both, readers behind it wait for the writer', () => {
    const run = new TableUnderTest();
    const one = run.token(acquire('a', 'one', S));
    const two = run.token(acquire('a', 'two', S));
    run.waits(acquire('a', 'writer', X));
    run.waits(acquire('a', 'three', S));
    run.waits(acquire('a', 'four', S));
    expect(run.effects(release('a', 'one', one)).map(({ kind }) => kind)).toEqual(['released']);
    expect(granted(run.effects(release('a', 'two', two)))).toEqual(['writer a 3']);
    expect(granted(run.effects(release('a', 'writer', 3)))).toEqual(['three a 4', 'four a 5']);
  });

  it('nobody barges in: a reader queues behind a waiting writer, also for a moment only', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.waits(acquire('a', 'writer', X));
    expect(run.result(acquire('a', 'two', { mode: 'shared' }))).toEqual({
      status: 'held',
      name: 'a',
      holders: [{ sessionId: null, owner: 'one', mode: 'shared', token: 1, holds: 1 }],
      queueLength: 1,
      delayed: false,
    });
    run.waits(acquire('a', 'two', S));
    expect(run.queue('a')).toEqual(['writer:exclusive', 'two:shared']);
  });

  it('a cancelled writer lets the readers behind it join those who hold', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    const writer = run.waits(acquire('a', 'writer', X));
    run.waits(acquire('a', 'two', S));
    const { result, effects } = run.apply(cancel(writer));
    expect(result).toEqual({ status: 'cancelled' });
    expect(effects[0]).toEqual({ kind: 'left', waiterId: writer, proposers: [] });
    expect(granted(effects)).toEqual(['two a 2']);
  });

  it('the place survives a restart', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    for (const owner of ['two', 'three']) run.waits(acquire('a', owner, X));
    const other = run.restarted();
    expect(other.queue('a')).toEqual(['two:exclusive', 'three:exclusive']);
    expect(granted(other.effects(release('a', 'one', token)))).toEqual(['two a 2']);
  });

  it('a request that waits needs somebody who attends it', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.apply(acquire('a', 'two', X), { proposer: null })).toEqual({
      result: { status: 'malformed', message: 'a request that waits has a proposer' },
      remember: false,
      settled: [],
      effects: [],
    });
    expect(run.queue('a')).toEqual([]);
  });
});

describe('A holder that asks for its lock again', () => {
  it('shared holder, writer waiting, shared again: granted before the queue, else each waits for the other', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', S));
    run.waits(acquire('a', 'writer', X));
    expect(run.result(acquire('a', 'one', S))).toMatchObject({
      status: 'granted',
      locks: [{ token, holds: 2, mode: 'shared' }],
    });
  });

  it('an exclusive one that asks for shared stays exclusive until all is given back', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'reader', S));
    expect(run.result(acquire('a', 'one', S))).toMatchObject({
      status: 'granted',
      locks: [{ token, holds: 2, mode: 'exclusive' }],
    });
    expect(granted(run.effects(release('a', 'one', token)))).toEqual([]);
    expect(granted(run.effects(release('a', 'one', token)))).toEqual(['reader a 2']);
  });

  it('a second request of one that waits stands behind its first and is granted with it', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'two', X));
    run.waits(acquire('a', 'three', X));
    run.waits(acquire('a', 'two', S));
    run.waits(acquire('a', 'two', X));
    expect(run.queue('a')).toEqual([
      'two:exclusive',
      'two:shared',
      'two:exclusive',
      'three:exclusive',
    ]);
    expect(run.restarted().queue('a')).toEqual(run.queue('a'));
    const grants = run.effects(release('a', 'one', token)).slice(1);
    expect(grants).toMatchObject([
      { owner: 'two', token: 2, holds: 1, reentrant: false, waiterId: 1 },
      { owner: 'two', token: 2, holds: 2, reentrant: true, waiterId: 3 },
      { owner: 'two', token: 2, holds: 3, reentrant: true, waiterId: 4 },
    ]);
    expect(run.queue('a')).toEqual(['three:exclusive']);
  });

  it('an exclusive request after a shared one waits behind the run of its first, then upgrades', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'two', S));
    run.waits(acquire('a', 'three', S));
    run.waits(acquire('a', 'four', X));
    run.waits(acquire('a', 'two', X));
    expect(run.queue('a')).toEqual([
      'two:shared',
      'three:shared',
      'two:exclusive',
      'four:exclusive',
    ]);
    expect(run.restarted().queue('a')).toEqual(run.queue('a'));
    run.waits(acquire('a', 'three', S));
    expect(run.queue('a').slice(0, 3)).toEqual(['two:shared', 'three:shared', 'three:shared']);
    expect(granted(run.effects(release('a', 'one', token)))).toEqual([
      'two a 2',
      'three a 3',
      'three a 3',
    ]);
    expect(run.queue('a')).toEqual(['two:exclusive', 'four:exclusive']);
    expect(run.table.waiter(4)?.upgrade).toBe(true);
    run.apply(release('a', 'three', 3));
    expect(granted(run.effects(release('a', 'three', 3)))).toEqual(['two a 4']);
  });

  it('more than PLACES_PER_HOLDER_MAX requests of one holder are a full queue', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    for (let count = 0; count < 8; count += 1) run.waits(acquire('a', 'two', X));
    expect(run.apply(acquire('a', 'two', X))).toMatchObject({
      result: { status: 'full', what: 'queue' },
      remember: false,
    });
    expect(run.queue('a')).toHaveLength(8);
  });
});

describe('A multi-lock', () => {
  const all = (owner: string, ...names: string[]) =>
    acquireAll(
      names.map((name) => ({ name, mode: 'exclusive' as const })),
      owner,
      { wait: true },
    );

  it('is refused as a whole and takes nothing', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    const both = { ...all('two', 'a', 'b'), wait: false };
    expect(run.result(both)).toMatchObject({ status: 'held', name: 'b' });
    expect(run.table.lock('a')).toBeUndefined();
    expect(run.tables.counts).toEqual({ holds: 1 });
  });

  it('waits in all its queues, holds nothing meanwhile, and is granted in one entry', () => {
    const run = new TableUnderTest();
    const a = run.token(acquire('a', 'one'));
    const b = run.token(acquire('b', 'one'));
    const waiterId = run.waits(all('two', 'a', 'b', 'c'));
    expect(run.table.lock('c')).toMatchObject({ holderCount: 0, queueLength: 1 });
    expect(granted(run.effects(release('a', 'one', a)))).toEqual([]);
    expect(run.holders('a')).toEqual([]);
    expect(granted(run.effects(release('b', 'one', b)))).toEqual(['two a 3', 'two b 4', 'two c 5']);
    expect(run.table.grantsOf(waiterId).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('an exclusive place of it blocks those behind, though nobody holds the lock', () => {
    const run = new TableUnderTest();
    const b = run.token(acquire('b', 'one'));
    run.waits(all('two', 'a', 'b'));
    expect(run.result(acquire('a', 'three'))).toMatchObject({
      status: 'held',
      holders: [],
      queueLength: 1,
    });
    run.waits(acquire('a', 'three', S));
    expect(granted(run.effects(release('b', 'one', b)))).toEqual(['two a 2', 'two b 3']);
    expect(granted(run.effects(release('a', 'two', 2)))).toEqual(['three a 4']);
  });

  it('a shared place of it lets readers pass, but no writer', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'one'));
    run.waits(
      acquireAll(
        [
          { name: 'a', mode: 'shared' },
          { name: 'b', mode: 'exclusive' },
        ],
        'two',
        { wait: true },
      ),
    );
    expect(run.result(acquire('a', 'writer')).status).toBe('held');
    expect(run.result(acquire('a', 'reader', S)).status).toBe('granted');
  });

  it('leaves all its queues at once, and lets those behind pass in each', () => {
    const run = new TableUnderTest();
    run.apply(acquire('c', 'one'));
    const multi = run.waits(all('two', 'a', 'b', 'c'));
    run.waits(acquire('b', 'three', X));
    run.waits(acquire('a', 'four', X));
    expect(granted(run.effects(cancel(multi)))).toEqual(['four a 2', 'three b 3']);
  });

  it('takes once more what its holder has, and keeps that token', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.tokens(all('one', 'b', 'a'))).toEqual([2, 1]);
    expect(run.table.hold(1)?.holds).toBe(2);
  });

  it('one that has a part already keeps its place there when that part is given back', () => {
    const run = new TableUnderTest();
    const a = run.token(acquire('a', 'two'));
    const b = run.token(acquire('b', 'one'));
    run.waits(all('two', 'a', 'b'));
    run.waits(acquire('a', 'three', X));
    expect(granted(run.effects(release('a', 'two', a)))).toEqual([]);
    expect(run.queue('a')).toEqual(['two:exclusive', 'three:exclusive']);
    expect(granted(run.effects(release('b', 'one', b)))).toEqual(['two a 3', 'two b 4']);
  });

  it('is granted what its holder got meanwhile by another request', () => {
    const run = new TableUnderTest();
    const b = run.token(acquire('b', 'one'));
    run.waits(all('two', 'a', 'b'));
    expect(run.token(acquire('a', 'two'))).toBe(2);
    expect(run.effects(release('b', 'one', b)).slice(1)).toMatchObject([
      { name: 'a', token: 2, holds: 2, reentrant: true },
      { name: 'b', token: 3, holds: 1, reentrant: false },
    ]);
  });

  it('a second one of the same holder does not pass those who are granted with the first', () => {
    const run = new TableUnderTest();
    const a = run.token(acquire('a', 'one'));
    const wanted = (mode: 'shared' | 'exclusive') =>
      acquireAll(
        [
          { name: 'b', mode: 'exclusive' },
          { name: 'a', mode },
        ],
        'two',
        { wait: true },
      );
    run.waits(wanted('shared'));
    run.waits(acquire('a', 'three', S));
    run.waits(wanted('exclusive'));
    expect(granted(run.effects(release('a', 'one', a)))).toEqual([
      'two b 2',
      'two a 3',
      'three a 4',
    ]);
    expect(run.queue('a')).toEqual(['two:exclusive']);
    expect(granted(run.effects(release('a', 'three', 4)))).toEqual(['two b 2', 'two a 5']);
  });

  it('expiries of several of its locks in one command grant it once', () => {
    const run = new TableUnderTest();
    const a = run.token(acquire('a', 'one'));
    const b = run.token(acquire('b', 'other'));
    run.waits(all('two', 'a', 'b'));
    expect(granted(run.effects(expire(1, [a, 1], [b, 2])))).toEqual(['two a 3', 'two b 4']);
  });
});
