import { acquire, acquireAll, expire, release } from '../../testing/lock-commands.js';
import { granted, TableUnderTest } from './testing/table-under-test.js';

describe('Fencing tokens', () => {
  it('a counter kept with the lock would begin again: an idle lock leaves nothing, its tokens go on', () => {
    const run = new TableUnderTest();
    const first = run.token(acquire('a', 'one'));
    run.apply(release('a', 'one', first));
    expect(run.tables.counts).toEqual({});
    expect(run.token(acquire('a', 'two'))).toBe(first + 1);
  });

  it('a counter in memory would begin again: tokens go on after a restart with no lock held', () => {
    const run = new TableUnderTest();
    const first = run.token(acquire('a', 'one'));
    run.apply(release('a', 'one', first));
    expect(run.restarted().token(acquire('a', 'one'))).toBe(first + 1);
  });

  it('every grant takes the next token; a re-entrant and a refused one take none', () => {
    const run = new TableUnderTest();
    const together = acquireAll(
      [
        { name: 'd', mode: 'exclusive' },
        { name: 'a', mode: 'exclusive' },
        { name: 'c', mode: 'shared' },
      ],
      'one',
    );
    expect([
      run.token(acquire('a', 'one')),
      run.token(acquire('b', 'one')),
      run.token(acquire('a', 'one')),
      run.result(acquire('a', 'two')).status,
      ...run.tokens(together),
    ]).toEqual([1, 2, 1, 'held', 3, 1, 4]);
  });

  it('tokens are taken in queue order', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    for (const owner of ['two', 'three', 'four']) {
      run.waits(acquire('a', owner, { mode: 'shared', wait: true }));
    }
    expect(granted(run.effects(release('a', 'one', token)))).toEqual([
      'two a 2',
      'three a 3',
      'four a 4',
    ]);
  });

  it('a holder that expired cannot release the next one, even as the same owner', () => {
    const run = new TableUnderTest();
    const old = run.token(acquire('a', 'one'));
    run.apply(expire(1, [old, 1]));
    const young = run.token(acquire('a', 'one'));
    expect(young).toBeGreaterThan(old);
    expect(run.result(release('a', 'one', old)).status).toBe('not-holder');
    expect(run.table.hold(young)?.holds).toBe(1);
  });
});

describe('Expiry in the log', () => {
  it('ends the hold and passes the lock on', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    const waiter = run.waits(acquire('a', 'two', { wait: true }));
    const { result, remember, effects } = run.apply(expire(1, [token, 1]));
    expect([result, remember]).toEqual([{ status: 'expired', ended: 1 }, false]);
    expect(effects).toMatchObject([
      { kind: 'expired', name: 'a', owner: 'one', holdId: token, token, holds: 0 },
      { kind: 'granted', name: 'a', owner: 'two', token: 2, waiterId: waiter },
    ]);
  });

  it('an expiry of a deposed leader is void: the new leader gave the lease its full length again', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    expect(run.apply(expire(1, [token, 1]), { term: 2 })).toEqual({
      result: { status: 'expired', ended: 0 },
      remember: false,
      settled: [],
      effects: [],
    });
    expect(run.table.hold(token)?.owner).toBe('one');
  });

  it('an expiry overtaken by a re-entrant acquire is void: that acquire was answered', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.apply(acquire('a', 'one'));
    expect(run.effects(expire(1, [token, 1]))).toEqual([]);
    expect(run.table.hold(token)?.holds).toBe(2);
  });

  it('an expiry that was proposed for the last holder spares the next one', () => {
    const run = new TableUnderTest();
    const old = run.token(acquire('a', 'one'));
    run.apply(release('a', 'one', old));
    const young = run.token(acquire('a', 'two'));
    expect(run.effects(expire(1, [old, 1]))).toEqual([]);
    expect(run.table.hold(young)?.owner).toBe('two');
  });

  it('one command ends many leases and spares only the overtaken', () => {
    const run = new TableUnderTest();
    const tokens = ['a', 'b', 'c'].map((name) => run.token(acquire(name, 'one')));
    run.apply(acquire('b', 'one'));
    const leases = tokens.map((token) => [token, token] as const);
    expect(run.result(expire(1, ...leases))).toEqual({ status: 'expired', ended: 2 });
    expect([...run.table.listed('', null)]).toEqual(['b']);
  });
});
