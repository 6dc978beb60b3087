import {
  acquire,
  createSession,
  endSession,
  release,
  renew,
} from '../../../testing/lock-commands.js';
import { granted, LOG_TIME_MS, TableUnderTest } from '../testing/table-under-test.js';

const X = { mode: 'exclusive', wait: true } as const;
const S1 = { sessionId: 's1' } as const;

const expireSession = (leaseIndex: number, sessionId = 's1') =>
  ({
    kind: 'expire',
    term: 1,
    leases: [{ kind: 'session', sessionId, leaseIndex }],
  }) as const;

function withSession(options: { ttlMs?: number; lockDelayMs?: number } = {}) {
  const run = new TableUnderTest();
  run.apply(createSession('s1', options));
  return run;
}

describe('A session', () => {
  it('is created once', () => {
    const run = new TableUnderTest();
    expect(run.apply(createSession('s1', { name: 'batch' }))).toEqual({
      result: { status: 'created', ttlMs: 15_000, expiresAtMs: LOG_TIME_MS + 15_001 },
      remember: true,
      settled: [],
      effects: [{ kind: 'session-created', sessionId: 's1', ttlMs: 15_000, leaseIndex: 1 }],
    });
    expect(run.apply(createSession('s1'))).toMatchObject({
      result: { status: 'exists' },
      remember: false,
      effects: [],
    });
    expect(run.table.session('s1')).toMatchObject({ id: 's1', name: 'batch', leaseIndex: 1 });
    expect([run.table.sessionsCount, run.tables.counts]).toEqual([1, { sessions: 1 }]);
  });

  it('is the lease of its holds: their own length is of no meaning', () => {
    const run = withSession({ ttlMs: 20_000 });
    expect(run.apply(acquire('a', 'one', { ...S1, ttlMs: 500 }))).toMatchObject({
      result: {
        status: 'granted',
        locks: [{ ttlMs: 20_000, expiresAtMs: LOG_TIME_MS + 20_002 }],
      },
      effects: [{ kind: 'granted', sessionId: 's1', ttlMs: 20_000 }],
    });
    expect(run.table.sessionLockCount('s1')).toBe(1);
    expect(run.restarted().table.hold(1)).toMatchObject({ sessionId: 's1', ttlMs: 20_000 });
  });

  it('a renewal of a hold in it is a keep-alive of it', () => {
    const run = withSession();
    const token = run.token(acquire('a', 'one', S1));
    run.token(acquire('b', 'one', S1));
    const { result, effects } = run.apply({
      kind: 'renew',
      owner: 'one',
      locks: [
        { name: 'a', token },
        { name: 'b', token: 2 },
      ],
      ttlMs: 500,
    });
    const renewed = { ttlMs: 15_000, expiresAtMs: LOG_TIME_MS + 4 + 15_000 };
    expect(result).toMatchObject({ status: 'renewed', locks: [renewed, renewed] });
    expect(effects).toMatchObject([
      { kind: 'renewed', name: 'a', sessionId: 's1', ttlMs: 15_000, leaseIndex: 4 },
      { kind: 'renewed', name: 'b', sessionId: 's1', ttlMs: 15_000, leaseIndex: 4 },
    ]);
    expect(run.restarted().table.session('s1')?.leaseIndex).toBe(4);
  });

  it('unknown or ended: nothing is acquired in it', () => {
    const run = withSession();
    run.apply(endSession('s1'));
    for (const sessionId of ['s1', 's2']) {
      expect(run.apply(acquire('a', 'one', { sessionId }))).toEqual({
        result: { status: 'session-not-found' },
        remember: true,
        settled: [],
        effects: [],
      });
    }
    expect(run.apply(endSession('s1'))).toMatchObject({
      result: { status: 'session-not-found' },
      remember: true,
    });
  });

  it('one owner is another holder in another session, and without one', () => {
    const run = withSession();
    run.apply(createSession('s2'));
    run.apply(acquire('a', 'one', S1));
    expect(run.result(acquire('a', 'one', { sessionId: 's2' })).status).toBe('held');
    expect(run.result(acquire('a', 'one')).status).toBe('held');
    expect(run.result(acquire('a', 'one', S1)).status).toBe('granted');
  });

  it('release proves itself by owner and token, whatever the session', () => {
    const run = withSession();
    const token = run.token(acquire('a', 'one', S1));
    expect(run.result(release('a', 'one', token)).status).toBe('released');
  });

  it('deleted: its locks pass on at once, its waiters leave, nothing is left', () => {
    const run = withSession({ lockDelayMs: 5_000 });
    run.apply(acquire('a', 'one', S1));
    run.apply(acquire('b', 'other'));
    const mine = run.waits(acquire('b', 'one', { ...X, ...S1 }));
    run.waits(acquire('a', 'two', X));
    const { result, remember, effects } = run.apply(endSession('s1'));
    expect([result, remember]).toEqual([{ status: 'ended' }, true]);
    expect(effects).toMatchObject([
      { kind: 'session-ended', sessionId: 's1', reason: 'deleted' },
      { kind: 'left', waiterId: mine, proposers: ['node1'] },
      { kind: 'released', reason: 'session', name: 'a', owner: 'one', holds: 0 },
      { kind: 'granted', name: 'a', owner: 'two', token: 3 },
    ]);
    expect(run.tables.counts).toEqual({ holds: 2 });
    expect(run.table.workLeft).toBe(false);
  });

  it('expired: its holds expire', () => {
    const run = withSession();
    const token = run.token(acquire('a', 'one', S1));
    run.waits(acquire('a', 'two', X));
    // The grant has begun its lease anew.
    const { result, effects } = run.apply(expireSession(2));
    expect(result).toEqual({ status: 'expired', ended: 1 });
    expect(effects).toMatchObject([
      { kind: 'session-ended', sessionId: 's1', reason: 'expired' },
      { kind: 'expired', name: 'a', owner: 'one', sessionId: 's1' },
      { kind: 'granted', name: 'a', owner: 'two' },
    ]);
    expect(run.result(renew('a', 'one', token)).status).toBe('not-holder');
  });

  it('an expiry overtaken by a keep-alive in the log, or of another term, is void', () => {
    const run = withSession();
    const token = run.token(acquire('a', 'one', S1));
    run.apply(renew('a', 'one', token));
    expect(run.effects(expireSession(1))).toEqual([]);
    expect(run.effects(expireSession(3), { term: 2 })).toEqual([]);
    expect(run.table.session('s1')).toBeDefined();
  });

  it('a hold in it does not expire by itself', () => {
    const run = withSession();
    run.token(acquire('a', 'one', S1));
    const due = { kind: 'hold', holdId: 1, leaseIndex: 0 } as const;
    expect(run.result({ kind: 'expire', term: 1, leases: [due] })).toEqual({
      status: 'expired',
      ended: 0,
    });
  });

  it('its waiters are granted within it', () => {
    const run = withSession();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'two', { ...X, ...S1 }));
    expect(granted(run.effects(release('a', 'one', token)))).toEqual(['two a 2']);
    expect(run.table.hold(2)?.sessionId).toBe('s1');
  });

  it('all are listed in byte order of their ids', () => {
    const run = new TableUnderTest();
    for (const id of ['s2', '😀', 's1', '\ufffd']) run.apply(createSession(id));
    run.apply(endSession('s2'));
    expect([...run.table.sessions(null)].map(({ id }) => id)).toEqual(['s1', '\ufffd', '😀']);
    expect([...run.table.sessions('s1')].map(({ id }) => id)).toEqual(['\ufffd', '😀']);
  });
});
