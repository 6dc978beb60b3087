import {
  acquire,
  acquireAll,
  createSession,
  endSession,
  expire,
  release,
  renew,
} from '../testing/lock-commands.js';
import { LEASES_BEGUN_PER_TURN_MAX } from '../core/limits.js';
import { Replica, WALL_MS } from '../testing/replica.js';

describe('leases of locks', () => {
  it('a renewal is answered from the memory of the leader, without a log entry', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    expect(replica.renew('a', 'one', 1, 900)).toEqual({
      status: 'renewed',
      locks: [
        {
          name: 'a',
          mode: 'exclusive',
          token: 1,
          holds: 1,
          ttlMs: 1_000,
          expiresAtMs: WALL_MS + 1_900,
        },
      ],
    });
    expect(replica.tick(1_899)).toEqual([]);
    expect(replica.tick(1_900)).toEqual([expire(1, [1, 1])]);
  });

  it('a renewal while the expiry is in flight waits: else its holder would believe in a dead lease', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.renew('a', 'one', 1, 1_001)).toEqual({ status: 'expiring' });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 1 });
    expect(replica.renew('a', 'one', 1, 1_003)).toEqual({
      status: 'not-holder',
      name: 'a',
      token: 1,
    });
    expect(replica.machine.counters).toEqual({ deadlocks: 0, expirations: 1 });
  });

  it('the expiry of a deposed leader does not end a lease that the new leader renews', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    replica.duties.stop();
    replica.lead(2, 1_500);
    expect(replica.renew('a', 'one', 1, 1_600)).toMatchObject({ status: 'renewed' });
    expect(replica.apply(command, 1_700, { term: 2 })).toEqual({ status: 'expired', ended: 0 });
    expect(replica.get('a', 1_700)?.holders[0]?.token).toBe(1);
  });

  it('a new leader knows every session, also when others end between two slices', () => {
    const replica = new Replica();
    const ids = Array.from(
      { length: LEASES_BEGUN_PER_TURN_MAX + 1_000 },
      (_, at) => `s${at + 1e6}`,
    );
    for (const id of ids) replica.apply(createSession(id, { ttlMs: 5_000 }), 0);
    replica.lead(1, 0);
    replica.tick(1);
    for (const id of ids.slice(9_000, 9_999)) replica.apply(endSession(id), 2);
    replica.tick(3);
    for (const id of [...ids.slice(0, 9_000), ...ids.slice(9_999)]) {
      expect(replica.keepAlive(id, 4)).toMatchObject({ status: 'alive' });
    }
  });

  it('a new leader begins every lease at its full length: the deadlines died with the old one', () => {
    const old = new Replica().lead(1, 0);
    old.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    old.apply(createSession('s', { ttlMs: 1_000 }), 0);
    const young = new Replica(old.tables).lead(2, 999);
    expect(young.tick(1_998)).toEqual([]);
    expect(young.tick(1_999)).toEqual([
      {
        kind: 'expire',
        term: 2,
        leases: [
          { kind: 'session', sessionId: 's', leaseIndex: 2 },
          { kind: 'hold', holdId: 1, leaseIndex: 1 },
        ],
      },
    ]);
  });

  it('a re-entrant acquire that was ahead of the expiry in the log keeps the lock', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 1_001)).toMatchObject({
      status: 'granted',
      locks: [{ token: 1, holds: 2 }],
    });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.renew('a', 'one', 1, 1_500)).toMatchObject({ status: 'renewed' });
  });

  it('a renewal in the log that was ahead of the expiry keeps the lock', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.apply(renew('a', 'one', 1), 1_001)).toMatchObject({ status: 'renewed' });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.tick(2_000)).toEqual([]);
    expect(replica.tick(2_001)).toEqual([expire(1, [1, 2])]);
  });

  it('an expiry that was refused comes again in the next tick, not by itself', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.tick(1_050)).toEqual([]);
    replica.duties.refused(command);
    expect(replica.tick(1_100)).toEqual([expire(1, [1, 1])]);
  });

  it('a refusal of an earlier term does not unmark the expiry of this one', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [early] = replica.tick(1_000);
    replica.lead(2, 1_000);
    const [late] = replica.tick(2_000);
    expect(late).toEqual(expire(2, [1, 1]));
    replica.duties.refused(early);
    expect(replica.tick(2_100)).toEqual([]);
  });

  it('a lease of another length goes through the log, and the log sets the next deadline', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    expect(replica.renew('a', 'one', 1, 10, 5_000)).toEqual({ status: 'ttl-differs' });
    expect(replica.renew('a', 'one', 1, 10, 1_000)).toMatchObject({ status: 'renewed' });
    replica.apply(renew('a', 'one', 1, 5_000), 20);
    expect(replica.tick(5_019)).toEqual([]);
    expect(replica.tick(5_020)).toEqual([expire(1, [1, 2])]);
  });

  it('renews for the holder only', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one'), 0);
    for (const [name, owner, token] of [
      ['a', 'two', 1],
      ['a', 'one', 2],
      ['b', 'one', 1],
    ] as const) {
      expect(replica.renew(name, owner, token, 1)).toEqual({ status: 'not-holder', name, token });
    }
  });

  it('renews all of a multi-lock or none', () => {
    const replica = new Replica().lead(1, 0);
    const locks = ['a', 'b'].map((name) => ({ name, mode: 'exclusive' as const }));
    replica.apply(acquireAll(locks, 'one', { ttlMs: 1_000 }), 0);
    replica.apply(acquire('c', 'one', { ttlMs: 500 }), 0);
    const renewAll = (tokens: Record<string, number>, nowMs: number) =>
      replica.request(
        {
          kind: 'renew',
          owner: 'one',
          locks: Object.entries(tokens).map(([name, token]) => ({ name, token })),
          ttlMs: null,
        },
        nowMs,
      );
    const stranger = { status: 'not-holder', name: 'd', token: 9 };
    expect(renewAll({ a: 1, b: 2, d: 9 }, 400)).toEqual(stranger);
    expect(renewAll({ a: 1, b: 2, c: 3 }, 500)).toEqual({ status: 'expiring' });
    expect(replica.tick(999)).toEqual([expire(1, [3, 2])]);
    expect(renewAll({ a: 1, b: 2 }, 999)).toMatchObject({
      locks: [
        { name: 'a', expiresAtMs: WALL_MS + 1_999 },
        { name: 'b', expiresAtMs: WALL_MS + 1_999 },
      ],
    });
    expect(replica.tick(1_000)).toEqual([]);
  });

  it('a released hold has no lease; a hold given back in part keeps it', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    replica.apply(release('a', 'one', 1), 1);
    expect(replica.renew('a', 'one', 1, 2)).toMatchObject({ locks: [{ holds: 1 }] });
    replica.apply(release('a', 'one', 1), 3);
    expect(replica.tick(10_000)).toEqual([]);
  });

  it('an upgraded hold keeps its lease, and renews by both of its tokens', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { mode: 'shared', ttlMs: 1_000 }), 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 100);
    for (const token of [1, 2]) {
      expect(replica.renew('a', 'one', token, 200)).toMatchObject({
        locks: [{ mode: 'exclusive', token: 2, holds: 2 }],
      });
    }
    expect(replica.tick(1_200)).toEqual([expire(1, [1, 2])]);
  });

  it('100,000 leases that end together are ended by four commands of 250 a heartbeat', () => {
    const replica = new Replica().lead(1, 0);
    for (let at = 0; at < 100_000; at += 1) {
      replica.apply(acquire(`lock/${at}`, 'one', { ttlMs: 1_000 }), 0);
    }
    expect(replica.machine.countsAsLeader).toEqual({ held: 100_000, waiting: 0, sessions: 0 });
    let ticks = 0;
    for (let due = replica.tick(1_000); due.length > 0; due = replica.tick(1_000)) {
      expect(due.map((command) => command.leases.length)).toEqual([250, 250, 250, 250]);
      ticks += 1;
      for (const command of due) replica.apply(command, 1_000);
    }
    expect([ticks, replica.machine.countsAsLeader?.held]).toEqual([100, 0]);
  });
});

describe('sessions', () => {
  const session = createSession('s', { ttlMs: 1_000 });

  it('are kept alive without a log entry, and their locks with them', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    replica.apply(acquire('a', 's', { sessionId: 's', ttlMs: 100 }), 0);
    expect(replica.keepAlive('s', 900)).toEqual({
      status: 'alive',
      ttlMs: 1_000,
      expiresAtMs: WALL_MS + 1_900,
    });
    expect(replica.get('a', 950)?.holders[0]).toMatchObject({
      ttlMs: 1_000,
      expiresAtMs: WALL_MS + 1_900,
    });
    expect(replica.tick(1_899)).toEqual([]);
    expect(replica.tick(1_900)).toEqual([
      { kind: 'expire', term: 1, leases: [{ kind: 'session', sessionId: 's', leaseIndex: 2 }] },
    ]);
  });

  // Breaks otherwise: a client is told of a lock whose session is dead a moment later, or shows an
  // end that has passed.
  it('are kept alive by a grant at once, also when their expiry is under way', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    const [expiry] = replica.tick(1_000);
    expect(replica.apply(acquire('a', 's', { sessionId: 's' }), 1_000)).toMatchObject({
      status: 'granted',
      locks: [{ expiresAtMs: WALL_MS + 2_000 }],
    });
    expect(replica.apply(expiry, 1_000)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.keepAlive('s', 1_500)).toMatchObject({ status: 'alive' });
  });

  it('a keep-alive after the session is due waits for the outcome of its expiry', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    replica.apply(acquire('a', 's', { sessionId: 's' }), 0);
    // A leader that was stopped answers its first request before its first tick.
    expect(replica.keepAlive('s', 10_000)).toEqual({ status: 'expiring' });
    const [command] = replica.tick(10_000);
    expect(replica.keepAlive('s', 10_001)).toEqual({ status: 'expiring' });
    expect(replica.renew('a', 's', 1, 10_001)).toEqual({ status: 'expiring' });
    expect(replica.apply(command, 10_002)).toEqual({ status: 'expired', ended: 1 });
    expect(replica.keepAlive('s', 10_003)).toEqual({ status: 'session-not-found' });
    expect([replica.get('a', 10_003), replica.session('s', 10_003)]).toEqual([null, null]);
  });

  it('the expiry of another term does not end a session', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    const [command] = replica.tick(1_000);
    replica.lead(2, 1_500);
    expect(replica.keepAlive('s', 1_600)).toMatchObject({ status: 'alive' });
    expect(replica.apply(command, 1_700, { term: 2 })).toEqual({ status: 'expired', ended: 0 });
    expect(replica.session('s', 1_700)).toMatchObject({ sessionId: 's', locks: 0 });
  });

  it('renewing a lock of a session is a keep-alive, whatever length it asks for', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    replica.apply(acquire('a', 's', { sessionId: 's' }), 0);
    expect(replica.renew('a', 's', 1, 900, 50_000)).toMatchObject({
      locks: [{ ttlMs: 1_000, expiresAtMs: WALL_MS + 1_900 }],
    });
    expect(replica.tick(1_899)).toEqual([]);
  });

  it('renewing a lock of a session in the log keeps the session from an older expiry', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    replica.apply(acquire('a', 's', { sessionId: 's' }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.apply(renew('a', 's', 1), 1_001)).toMatchObject({ status: 'renewed' });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.keepAlive('s', 2_000)).toMatchObject({ status: 'alive' });
  });

  it('an ended session has no lease and no locks', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(session, 0);
    replica.apply(acquire('a', 's', { sessionId: 's' }), 0);
    expect(replica.apply(endSession('s'), 1)).toEqual({ status: 'ended' });
    expect(replica.keepAlive('s', 2)).toEqual({ status: 'session-not-found' });
    expect(replica.tick(10_000)).toEqual([]);
    expect(replica.machine.countsAsLeader).toEqual({ held: 0, waiting: 0, sessions: 0 });
  });
});

describe('lock-delay', () => {
  const failing = acquire('a', 'one', { ttlMs: 1_000, lockDelayMs: 500 });

  it('begins when a holder failed and ends by the clock of the leader', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(failing, 0);
    for (const command of replica.tick(1_000)) replica.apply(command, 1_000);
    expect(replica.get('a', 1_000)).toMatchObject({ holderCount: 0, delayed: true });
    expect(replica.apply(acquire('a', 'two'), 1_100)).toEqual({
      status: 'held',
      name: 'a',
      holders: [],
      queueLength: 0,
      delayed: true,
    });
    expect(replica.tick(1_499)).toEqual([]);
    const [command] = replica.tick(1_500);
    expect(command).toEqual({
      kind: 'expire',
      term: 1,
      leases: [{ kind: 'delay', name: 'a', leaseIndex: 2 }],
    });
    replica.apply(command, 1_501);
    expect(replica.get('a', 1_501)).toBeNull();
    expect(replica.apply(acquire('a', 'two'), 1_502)).toMatchObject({ status: 'granted' });
  });

  it('has its full length again after a change of leader', () => {
    const old = new Replica().lead(1, 0);
    old.apply(failing, 0);
    for (const command of old.tick(1_000)) old.apply(command, 1_000);
    const young = new Replica(old.tables).lead(2, 1_400);
    expect(young.tick(1_899)).toEqual([]);
    expect(young.tick(1_900)).toHaveLength(1);
  });

  it('does not follow a release', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(failing, 0);
    replica.apply(release('a', 'one', 1), 10);
    expect(replica.get('a', 10)).toBeNull();
  });
});
