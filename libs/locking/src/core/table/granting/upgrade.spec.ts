import type { LockMode } from '../../commands/holder.js';
import {
  acquire,
  acquireAll,
  breakLock,
  endSession,
  createSession,
  expire,
  release,
} from '../../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;
const KEY = { scope: 'k', fingerprint: 'f' };

describe('An upgrade', () => {
  it('is made in place by the only holder, before all queues, with a new token', () => {
    const run = new TableUnderTest();
    const old = run.token(acquire('a', 'one', S));
    run.waits(acquire('a', 'two', X));
    expect(run.effects(acquire('a', 'one'))).toMatchObject([
      { kind: 'granted', mode: 'exclusive', holdId: old, token: 2, holds: 2, reentrant: false },
    ]);
    expect(run.table.hold(old)).toMatchObject({ token: 2, olderToken: old, mode: 'exclusive' });
    expect(run.holders('a')).toEqual(['one:exclusive']);
  });

  it('the old token stays good for release and renew, also after a restart', () => {
    const run = new TableUnderTest();
    const old = run.token(acquire('a', 'one', S));
    const young = run.token(acquire('a', 'one'));
    const other = run.restarted();
    expect(
      other.result({
        kind: 'renew',
        owner: 'one',
        locks: [{ name: 'a', token: old }],
        ttlMs: null,
      }),
    ).toMatchObject({ status: 'renewed', locks: [{ token: young, mode: 'exclusive' }] });
    expect(other.result(release('a', 'one', old))).toEqual({
      status: 'released',
      locks: [{ name: 'a', holds: 1 }],
    });
    expect(other.result(release('a', 'one', young))).toEqual({
      status: 'released',
      locks: [{ name: 'a', holds: 0 }],
    });
    expect(other.result(release('a', 'one', old)).status).toBe('not-holder');
  });

  it('is refused at once while others share the lock and it must not wait', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('a', 'two', S));
    expect(run.result(acquire('a', 'one'))).toMatchObject({
      status: 'held',
      holders: [{ owner: 'two' }],
    });
    expect(run.holders('a')).toEqual(['one:shared', 'two:shared']);
  });

  it('waits at the head: behind those who wait for its own shared hold it would wait for ever', () => {
    const run = new TableUnderTest();
    const one = run.token(acquire('a', 'one', S));
    const two = run.token(acquire('a', 'two', S));
    run.waits(acquire('a', 'three', X));
    expect(run.result(acquire('a', 'one', X))).toEqual({
      status: 'queued',
      waiterId: 2,
      upgrade: true,
    });
    expect(run.queue('a')).toEqual(['one:exclusive', 'three:exclusive']);
    expect(run.restarted().queue('a')).toEqual(run.queue('a'));
    expect(granted(run.effects(release('a', 'two', two)))).toEqual(['one a 3']);
    expect(run.table.hold(one)).toMatchObject({ token: 3, holds: 2, mode: 'exclusive' });
  });

  it('two upgraders wait for each other: the second is refused, and its cycle named', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    const two = run.token(acquire('a', 'two', S));
    run.waits(acquire('a', 'one', X));
    expect(run.result(acquire('a', 'two', X))).toEqual({
      status: 'deadlock',
      cycle: [
        { owner: 'two', waitsFor: 'one', lock: 'a' },
        { owner: 'one', waitsFor: 'two', lock: 'a' },
      ],
    });
    expect(granted(run.effects(release('a', 'two', two)))).toEqual(['one a 3']);
  });

  it.each([
    ['released', (token: number) => release('a', 'one', token)],
    ['expired', (token: number) => expire(1, [token, 1])],
    ['broken', () => breakLock('a')],
  ])('is over when its hold is %s: NOT_HOLDER for its Idempotency-Key', (_how, command) => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', S));
    run.apply(acquire('a', 'two', S));
    const waiterId = run.waits(acquire('a', 'one', X), { key: KEY });
    const { settled, effects } = run.apply(command(token));
    expect(settled).toEqual([{ request: KEY, result: { status: 'not-holder' } }]);
    expect(effects).toContainEqual({ kind: 'left', waiterId, proposers: ['node1'] });
    expect([run.table.waiter(waiterId), run.queue('a')]).toEqual([undefined, []]);
  });

  it('of a session is over with it, and is asked anew: nothing is remembered', () => {
    const run = new TableUnderTest();
    run.apply(createSession('s'));
    run.apply(acquire('a', 'one', { ...S, sessionId: 's' }));
    run.apply(acquire('a', 'two', S));
    const waiterId = run.waits(acquire('a', 'one', { ...X, sessionId: 's' }), { key: KEY });
    const { settled, effects } = run.apply(endSession('s'));
    expect([settled, effects.map(({ kind }) => kind)]).toEqual([
      [],
      ['session-ended', 'left', 'released'],
    ]);
    expect(run.table.waiter(waiterId)).toBeUndefined();
  });

  it('one hold of several given back leaves the upgrade waiting', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one', S));
    run.apply(acquire('a', 'one', S));
    run.apply(acquire('a', 'two', S));
    run.waits(acquire('a', 'one', X));
    run.apply(release('a', 'one', token));
    expect(run.queue('a')).toEqual(['one:exclusive']);
  });

  it('a multi-lock that upgrades one of its locks waits at the head there', () => {
    const run = new TableUnderTest();
    const mine = run.token(acquire('a', 'one', S));
    const two = run.token(acquire('a', 'two', S));
    run.waits(acquire('a', 'three', X));
    const both = acquireAll(
      [
        { name: 'a', mode: 'exclusive' },
        { name: 'b', mode: 'exclusive' },
      ],
      'one',
      { wait: true },
    );
    run.waits(both);
    expect(run.queue('a')).toEqual(['one:exclusive', 'three:exclusive']);
    expect(granted(run.effects(release('a', 'two', two)))).toEqual(['one a 3', 'one b 4']);
    expect(run.table.hold(mine)?.token).toBe(3);
  });

  it('a waiting exclusive request becomes one when its holder gets the lock shared first', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'two', S));
    run.waits(acquire('a', 'two', X));
    const effects = run.effects(release('a', 'one', token));
    expect(effects.slice(1)).toMatchObject([
      { owner: 'two', mode: 'shared', token: 2, holds: 1, waiterId: 1 },
      { owner: 'two', mode: 'exclusive', holdId: 2, token: 3, holds: 2, waiterId: 2 },
    ]);
  });

  it('of a multi-lock comes after the shared requests that are next with the first of its holder', () => {
    const run = new TableUnderTest();
    const wanted = (a: LockMode, c: LockMode) => [
      { name: 'a', mode: a },
      { name: 'c', mode: c },
    ];
    const [a, c] = run.tokens(acquireAll(wanted('exclusive', 'exclusive'), 'holder'));
    run.waits(acquireAll(wanted('exclusive', 'shared'), 'one', { wait: true }));
    run.waits(acquire('c', 'two', S));
    // The grant of its first request leaves nothing in its way but the reader at c.
    run.waits(acquireAll(wanted('exclusive', 'exclusive'), 'one', { wait: true }));
    const locks = [
      { name: 'c', token: c ?? 0 },
      { name: 'a', token: a ?? 0 },
    ];
    const effects = run.effects({ kind: 'release', owner: 'holder', locks });
    expect(granted(effects)).toEqual(['one a 3', 'one c 4', 'two c 5']);
    expect(run.queue('c')).toEqual(['one:exclusive']);
    run.table.validate();
    expect(granted(run.effects(release('c', 'two', 5)))).toEqual(['one a 3', 'one c 6']);
  });

  it('goes back to its place when its holder is granted the same in another way', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'other'));
    run.apply(acquire('a', 'one', S));
    const two = run.token(acquire('a', 'two', S));
    run.waits(acquire('a', 'three', X));
    run.waits(
      acquireAll(
        [
          { name: 'a', mode: 'exclusive' },
          { name: 'b', mode: 'shared' },
        ],
        'one',
        { wait: true },
      ),
    );
    expect(run.queue('a')).toEqual(['one:exclusive', 'three:exclusive']);
    run.apply(release('a', 'two', two));
    expect(run.token(acquire('a', 'one'))).toBe(4);
    expect(run.queue('a')).toEqual(['three:exclusive', 'one:exclusive']);
    expect(run.restarted().queue('a')).toEqual(run.queue('a'));
    run.table.validate();
  });
});
