import type { LockMode } from '../commands/holder.js';
import type { LockCommand } from '../commands/lock-command.js';
import {
  acquire,
  acquireAll,
  breakLock,
  createSession,
  endSession,
  release,
} from '../../testing/lock-commands.js';
import { granted, TableUnderTest } from './testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;
const RECORDS_PER_APPLY_MAX = 1_000;

/** Applies a command and asserts that it touched a bounded number of records. */
function applyBounded(run: TableUnderTest, command: LockCommand) {
  run.tables.takeWrites();
  const transition = run.apply(command);
  const writes = run.tables.takeWrites();
  expect(writes).toBe(run.table.recordsTouched);
  expect(writes).toBeLessThanOrEqual(RECORDS_PER_APPLY_MAX);
  return transition;
}

/** Sweeps to the end, each sweep bounded. @returns all their effects. */
function sweepBounded(run: TableUnderTest) {
  const effects = [];
  let sweeps = 0;
  while (run.table.workLeft) {
    const swept = applyBounded(run, { kind: 'sweep' });
    effects.push(...swept.effects);
    sweeps += 1;
    if (sweeps > 1_000) throw new Error('sweeps do not come to an end');
  }
  return { effects, sweeps };
}

function many(count: number, mode: LockMode, prefix: string) {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}`, mode }));
}

describe('A command touches a bounded number of records', () => {
  it('uncontended: one hold and the counter to acquire, one hold to release', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    expect(run.table.recordsTouched).toBe(2);
    run.apply(release('a', 'one', 1));
    expect(run.table.recordsTouched).toBe(1);
  });

  it('20,000 readers wait for a writer: its release grants them part by part, in their order', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'writer'));
    for (let count = 0; count < 20_000; count += 1) run.apply(acquire('a', `${count}`, S));
    expect(run.result(acquire('a', 'late', S))).toEqual({ status: 'full', what: 'queue' });
    const first = granted(applyBounded(run, release('a', 'writer', token)).effects);
    expect(first.length).toBeGreaterThan(400);
    expect(run.result(acquire('a', 'barging')).status).toBe('held');
    const { effects } = sweepBounded(run);
    const owners = [...first, ...granted(effects)].map((grant) => grant.split(' ')[0]);
    expect(owners).toEqual(Array.from({ length: 20_000 }, (_, at) => `${at}`));
    expect([run.table.lock('a')?.holderCount, run.table.workLeft]).toEqual([20_000, false]);
  });

  it('readers with Idempotency-Keys: their answers are records as well', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'writer'));
    for (let count = 0; count < 1_000; count += 1) {
      run.apply(acquire('a', `${count}`, S), { key: { scope: `k${count}`, fingerprint: 'f' } });
    }
    const { settled } = applyBounded(run, release('a', 'writer', token));
    expect(settled.length).toBeGreaterThan(250);
    expect(run.table.recordsTouched + settled.length).toBeLessThanOrEqual(RECORDS_PER_APPLY_MAX);
    sweepBounded(run);
    expect(run.table.lock('a')?.holderCount).toBe(1_000);
  });

  it('64-lock multi-locks: taken, given back, and passed on', () => {
    const run = new TableUnderTest();
    const locks = many(64, 'shared', 'l');
    const token = run.token(acquire('l0', 'writer'));
    for (let count = 0; count < 40; count += 1) {
      expect(applyBounded(run, acquireAll(locks, `${count}`, { wait: true })).result.status).toBe(
        'queued',
      );
    }
    const first = granted(applyBounded(run, release('l0', 'writer', token)).effects);
    expect(first).toHaveLength(13 * 64);
    const { effects } = sweepBounded(run);
    expect(granted(effects)).toHaveLength(27 * 64);
    const held = [...run.table.holds()].filter(({ owner }) => owner === '7');
    const back = held.map(({ name, token: newest }) => ({ name, token: newest }));
    applyBounded(run, { kind: 'release', owner: '7', locks: back });
    expect(run.table.recordsTouched).toBe(64);
  });

  it('64 locks given back with 64 upgrades that wait for them', () => {
    const run = new TableUnderTest();
    const locks = many(64, 'shared', 'l');
    const tokens = run.tokens(acquireAll(locks, 'one'));
    run.apply(acquireAll(locks, 'two'));
    for (const { name } of locks) {
      for (let count = 0; count < 8; count += 1) run.waits(acquire(name, 'one', X));
    }
    const back = locks.map(({ name }, at) => ({ name, token: tokens[at] ?? 0 }));
    const { effects } = applyBounded(run, { kind: 'release', owner: 'one', locks: back });
    expect(effects.filter(({ kind }) => kind === 'left')).toHaveLength(512);
    expect(run.table.waitersCount).toBe(0);
  });

  it('250 leases that end with lock-delays and hundreds of waiting upgrades', () => {
    const run = new TableUnderTest();
    const locks = many(250, 'shared', 'l');
    const leases = locks.map(({ name }, at) => {
      const options = { ...S, lockDelayMs: 1_000 };
      const holdId = run.token(acquire(name, `${at}`, options));
      return { kind: 'hold' as const, holdId, leaseIndex: run.index };
    });
    for (const { name } of locks) run.apply(acquire(name, 'other', S));
    for (const [at, { name }] of locks.entries()) {
      for (let count = 0; count < 4; count += 1) run.waits(acquire(name, `${at}`, X));
    }
    const { result, effects } = applyBounded(run, { kind: 'expire', term: 1, leases });
    const ended = effects.filter(({ kind }) => kind === 'expired').length;
    const renewed = effects.filter(({ kind }) => kind === 'renewed').length;
    expect(result).toEqual({ status: 'expired', ended });
    expect([ended + renewed, ended > 100, renewed > 100]).toEqual([250, true, true]);
    run.table.validate();
  });

  it('250 sessions that expire, each with 100 locks', () => {
    const run = new TableUnderTest();
    for (let at = 0; at < 250; at += 1) {
      const sessionId = `s${at}`;
      run.apply(createSession(sessionId));
      for (let part = 0; part < 2; part += 1) {
        run.apply(acquireAll(many(50, 'exclusive', `${at}/${part}/`), 'one', { sessionId }));
      }
    }
    const leases = Array.from({ length: 250 }, (_, at) => {
      const sessionId = `s${at}`;
      const { leaseIndex } = run.table.session(sessionId) ?? { leaseIndex: 0 };
      return { kind: 'session' as const, sessionId, leaseIndex };
    });
    const { result } = applyBounded(run, { kind: 'expire', term: 1, leases });
    expect(result).toEqual({ status: 'expired', ended: 250 });
    expect([run.table.sessionsCount, run.table.holdsCount]).toEqual([0, 0]);
    expect([...run.table.listed('', null)]).toEqual([]);
    sweepBounded(run);
    expect(run.tables.counts).toEqual({});
  });
});

describe('A session with 100,000 locks', () => {
  const LOCKS = 100_000;

  function bigSession(lockDelayMs = 0) {
    const run = new TableUnderTest();
    run.apply(createSession('s', { lockDelayMs }));
    for (let at = 0; at < LOCKS; at += 50) {
      const locks = Array.from({ length: 50 }, (_, part) => ({
        name: `l${at + part}`,
        mode: 'exclusive' as const,
      }));
      run.apply(acquireAll(locks, 'one', { sessionId: 's' }));
    }
    return run;
  }

  it('ends by a mark of one record that everybody obeys at once, and sweeps', () => {
    const run = bigSession();
    run.waits(acquire('l99999', 'two', X));
    const { effects } = applyBounded(run, endSession('s'));
    expect(run.table.recordsTouched).toBe(1);
    expect(effects).toEqual([{ kind: 'session-ended', sessionId: 's', reason: 'deleted' }]);
    expect(run.table.session('s')).toBeUndefined();
    expect([run.table.holdsCount, run.table.sessionsCount]).toEqual([0, 0]);
    expect(run.table.hold(7)).toBeUndefined();
    expect([...run.table.listed('', null)]).toEqual(['l99999']);
    expect(run.result(release('l6', 'one', 7)).status).toBe('not-holder');
    expect(run.result(acquire('b', 'one', { sessionId: 's' })).status).toBe('session-not-found');
    expect(run.result(acquire('l50000', 'three')).status).toBe('granted');
    expect(run.result(acquire('l99999', 'three')).status).toBe('held');
    expect(run.result(createSession('s')).status).toBe('exists');
    const swept = sweepBounded(run);
    expect(swept.sweeps).toBeLessThan(130);
    expect(swept.effects.filter(({ kind }) => kind === 'released')).toHaveLength(LOCKS);
    expect(granted(swept.effects)).toEqual([`two l99999 ${LOCKS + 2}`]);
    expect(run.tables.counts).toEqual({ holds: 2 });
    run.table.validate();
  });

  it('that expires lets all its locks rest: until a sweep begins the rest nobody gets them', () => {
    const run = bigSession(5_000);
    const { leaseIndex } = run.table.session('s') ?? { leaseIndex: 0 };
    const leases = [{ kind: 'session' as const, sessionId: 's', leaseIndex }];
    applyBounded(run, { kind: 'expire', term: 1, leases });
    expect(run.table.recordsTouched).toBe(1);
    expect(run.result(acquire('l50000', 'two'))).toEqual({
      status: 'held',
      name: 'l50000',
      holders: [],
      queueLength: 0,
      delayed: true,
    });
    expect(run.table.lock('l50000')).toMatchObject({ delayed: true, holderCount: 0 });
    sweepBounded(run);
    expect(run.tables.counts).toEqual({ delays: LOCKS });
  });
});

describe('A lock with 20,000 readers', () => {
  it('is broken by a mark, and passed on at once', () => {
    const run = new TableUnderTest();
    for (let count = 0; count < 20_000; count += 1) run.apply(acquire('a', `${count}`, S));
    run.waits(acquire('a', 'writer', X));
    const { result, effects } = applyBounded(run, breakLock('a'));
    expect([result.status, granted(effects)]).toEqual(['broken', ['writer a 20001']]);
    expect(run.result(release('a', '5', 6)).status).toBe('not-holder');
    expect(run.restarted().holders('a')).toEqual(['writer:exclusive']);
    const swept = sweepBounded(run);
    expect(swept.effects.filter(({ kind }) => kind === 'broken')).toHaveLength(20_000);
    expect(run.tables.counts).toEqual({ holds: 1 });
    run.table.validate();
  });
});
