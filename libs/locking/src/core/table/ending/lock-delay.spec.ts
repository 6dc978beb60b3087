import {
  acquire,
  breakLock,
  createSession,
  endSession,
  expire,
  release,
} from '../../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;

const expireDelay = (name: string, leaseIndex: number) =>
  ({ kind: 'expire', term: 1, leases: [{ kind: 'delay', name, leaseIndex }] }) as const;

describe('Lock-delay', () => {
  it('a lock whose holder failed rests: nobody is granted it, though nobody holds it', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', { lockDelayMs: 5_000 }));
    run.waits(acquire('a', 'two', X));
    expect(run.effects(expire(1, [token, 1]))).toMatchObject([
      { kind: 'expired', name: 'a', owner: 'one' },
      { kind: 'delay-started', name: 'a', delayMs: 5_000, leaseIndex: 3 },
    ]);
    expect(run.result(acquire('a', 'three'))).toEqual({
      status: 'held',
      name: 'a',
      holders: [],
      queueLength: 1,
      delayed: true,
    });
    expect(run.table.lock('a')).toMatchObject({ delayed: true, holderCount: 0, queueLength: 1 });
    expect([...run.restarted().table.delays()]).toEqual([
      { name: 'a', delayMs: 5_000, leaseIndex: 3 },
    ]);
  });

  it('its end passes the lock on, once', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', { lockDelayMs: 5_000 }));
    run.waits(acquire('a', 'two', X));
    run.apply(expire(1, [token, 1]));
    expect(run.effects(expireDelay('a', 2))).toEqual([]);
    const { result, effects } = run.apply(expireDelay('a', 3));
    expect(result).toEqual({ status: 'expired', ended: 1 });
    expect(effects).toMatchObject([
      { kind: 'delay-ended', name: 'a' },
      { kind: 'granted', owner: 'two' },
    ]);
    expect(run.effects(expireDelay('a', 3))).toEqual([]);
  });

  it('a free lock that rests is there, and leaves nothing when it has rested', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', { lockDelayMs: 5_000 }));
    run.apply(expire(1, [token, 1]));
    expect([...run.table.listed('', null)]).toEqual(['a']);
    expect(run.tables.counts).toEqual({ delays: 1 });
    run.apply(expireDelay('a', 2));
    expect([run.table.lock('a'), run.tables.counts]).toEqual([undefined, {}]);
  });

  it.each([
    ['a release', (run: TableUnderTest) => run.apply(release('a', 'one', 1))],
    ['a break', (run: TableUnderTest) => run.apply(breakLock('a'))],
    ['the end of its session', (run: TableUnderTest) => run.apply(endSession('s'))],
  ])('%s passes the lock on at once', (_what, end) => {
    const run = new TableUnderTest();
    run.apply(createSession('s', { lockDelayMs: 5_000 }));
    run.apply(acquire('a', 'one', { lockDelayMs: 5_000, sessionId: 's' }));
    run.waits(acquire('a', 'two', X));
    expect(granted(end(run).effects)).toEqual(['two a 2']);
    expect([...run.table.delays()]).toEqual([]);
  });

  it('in a session the longer one counts: the session’s or the acquire’s', () => {
    const run = new TableUnderTest();
    run.apply(createSession('s', { lockDelayMs: 2_000 }));
    run.apply(acquire('a', 'one', { sessionId: 's', lockDelayMs: 500 }));
    run.apply(acquire('b', 'one', { sessionId: 's', lockDelayMs: 3_000 }));
    const leases = [{ kind: 'session', sessionId: 's', leaseIndex: 3 }] as const;
    run.apply({ kind: 'expire', term: 1, leases });
    expect([...run.table.delays()]).toEqual([
      { name: 'a', delayMs: 2_000, leaseIndex: 4 },
      { name: 'b', delayMs: 3_000, leaseIndex: 4 },
    ]);
  });

  it('readers that are left stay holders and may ask again; nobody new gets in, nor an upgrade', () => {
    const run = new TableUnderTest();
    const one = run.token(acquire('a', 'one', { ...S, lockDelayMs: 5_000 }));
    const two = run.token(acquire('a', 'two', S));
    run.apply(expire(1, [one, 1]));
    expect(run.holders('a')).toEqual(['two:shared']);
    expect(run.token(acquire('a', 'two', S))).toBe(two);
    expect(run.result(acquire('a', 'three', { mode: 'shared' }))).toMatchObject({
      status: 'held',
      delayed: true,
    });
    run.waits(acquire('a', 'two', X));
    expect(granted(run.effects(expireDelay('a', 3)))).toEqual(['two a 3']);
  });

  it('of several the one that ends later counts: it begins anew with the longer length', () => {
    const run = new TableUnderTest();
    const one = run.token(acquire('a', 'one', { ...S, lockDelayMs: 1_000 }));
    const two = run.token(acquire('a', 'two', { ...S, lockDelayMs: 5_000 }));
    const three = run.token(acquire('a', 'three', { ...S, lockDelayMs: 1_000 }));
    run.apply(expire(1, [one, 1], [two, 2]));
    expect([...run.table.delays()]).toEqual([{ name: 'a', delayMs: 5_000, leaseIndex: 4 }]);
    run.apply(expire(1, [three, 3]));
    expect([...run.table.delays()]).toEqual([{ name: 'a', delayMs: 5_000, leaseIndex: 5 }]);
    expect(run.effects(expireDelay('a', 4))).toEqual([]);
  });

  it('a break ends it', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', { lockDelayMs: 5_000 }));
    run.waits(acquire('a', 'two', X));
    run.apply(expire(1, [token, 1]));
    const { result, effects } = run.apply(breakLock('a'));
    expect(result).toEqual({ status: 'broken' });
    expect(effects).toMatchObject([
      { kind: 'delay-ended', name: 'a' },
      { kind: 'granted', owner: 'two' },
    ]);
  });

  it('a re-entrant acquire without one does not shorten it', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', { lockDelayMs: 5_000 }));
    run.apply(acquire('a', 'one'));
    run.apply(expire(1, [token, 2]));
    expect([...run.table.delays()]).toEqual([{ name: 'a', delayMs: 5_000, leaseIndex: 3 }]);
  });
});
