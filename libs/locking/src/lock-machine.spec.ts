import type { LockPage, LockView } from './core/commands/lock-query.js';
import { compareByteOrder } from './core/names/byte-order.js';
import { LockMachine } from './lock-machine.js';
import { acquire, expire, release, renew } from './testing/lock-commands.js';
import { MemoryTables } from './testing/memory-tables.js';

const WALL_MS = 1_700_000_000_000;

const instant = (monotonicMs: number) => ({ monotonicMs, wallMs: WALL_MS + monotonicMs });

/** One replica: applies commands as a group would, and feeds the leader's memory while it leads. */
class Replica {
  readonly machine = new LockMachine();
  private index = 0;

  constructor(readonly tables = new MemoryTables()) {
    this.machine.open(tables);
  }

  lead(term: number, nowMs: number): this {
    this.machine.duties.start(term as never, instant(nowMs));
    return this;
  }

  apply(command: unknown, nowMs: number, term = 1) {
    this.index += 1;
    const context = { index: this.index, term, logTimeMs: WALL_MS + nowMs };
    const applied = this.machine.apply(command, context as never);
    if (this.machine.duties.leads) this.machine.duties.observe(applied.effects, instant(nowMs));
    return applied.result;
  }

  renew(name: string, owner: string, token: number, nowMs: number, ttlMs: number | null = null) {
    return this.machine.duties.request(renew(name, owner, token, ttlMs), instant(nowMs));
  }

  tick(nowMs: number) {
    return this.machine.duties.tick(instant(nowMs));
  }

  get(name: string, nowMs: number) {
    return this.machine.query({ kind: 'get', name }, instant(nowMs)) as LockView | null;
  }

  list(prefix: string, after: string | null, limit: number) {
    const query = { kind: 'list', prefix, after, limit };
    return this.machine.query(query, instant(0)) as LockPage;
  }
}

describe('LockMachine leases', () => {
  it('renews in the memory of the leader, without a log entry', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    expect(replica.renew('a', 'one', 1, 900)).toEqual({
      status: 'renewed',
      mode: 'exclusive',
      token: 1,
      holds: 1,
      ttlMs: 1_000,
      expiresAtMs: WALL_MS + 1_900,
    });
    expect(replica.tick(1_899)).toEqual([]);
    expect(replica.tick(1_900)).toEqual([expire(1, ['a', 1, 1])]);
  });

  it('a renewal while the expiry is in flight waits: else its holder would believe in a dead lease', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.renew('a', 'one', 1, 1_001)).toEqual({ status: 'expiring' });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 1 });
    expect(replica.renew('a', 'one', 1, 1_003)).toEqual({ status: 'not-holder' });
  });

  it('the expiry of a deposed leader does not end a lease that the new leader renews', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    replica.machine.duties.stop();
    replica.lead(2, 1_500);
    expect(replica.renew('a', 'one', 1, 1_600)).toMatchObject({ status: 'renewed' });
    expect(replica.apply(command, 1_700, 2)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.get('a', 1_700)?.holders[0]?.token).toBe(1);
  });

  it('a new leader begins every lease at its full length: the deadlines died with the old one', () => {
    const old = new Replica().lead(1, 0);
    old.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const young = new Replica(old.tables).lead(2, 999);
    expect(young.tick(1_998)).toEqual([]);
    expect(young.tick(1_999)).toEqual([expire(2, ['a', 1, 1])]);
  });

  it('a re-entrant acquire that was ahead of the expiry in the log keeps the lock', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 1_001)).toMatchObject({
      status: 'granted',
      token: 1,
      holds: 2,
    });
    expect(replica.apply(command, 1_002)).toEqual({ status: 'expired', ended: 0 });
    expect(replica.renew('a', 'one', 1, 1_500)).toMatchObject({ status: 'renewed' });
  });

  it('an expiry that was refused comes again in the next tick, not by itself', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [command] = replica.tick(1_000);
    expect(replica.tick(1_050)).toEqual([]);
    replica.machine.duties.refused(command);
    expect(replica.tick(1_100)).toEqual([expire(1, ['a', 1, 1])]);
  });

  it('a refusal of an earlier term does not unmark the expiry of this one', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    const [early] = replica.tick(1_000);
    replica.lead(2, 1_000);
    const [late] = replica.tick(2_000);
    expect(late).toEqual(expire(2, ['a', 1, 1]));
    replica.machine.duties.refused(early);
    expect(replica.tick(2_100)).toEqual([]);
  });

  it('a lease of another length goes through the log, and the log sets the next deadline', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    expect(replica.renew('a', 'one', 1, 10, 5_000)).toEqual({ status: 'ttl-differs' });
    expect(replica.renew('a', 'one', 1, 10, 1_000)).toMatchObject({ status: 'renewed' });
    replica.apply(renew('a', 'one', 1, 5_000), 20);
    expect(replica.tick(5_019)).toEqual([]);
    expect(replica.tick(5_020)).toEqual([expire(1, ['a', 1, 2])]);
  });

  it('renews for the holder only', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one'), 0);
    for (const [name, owner, token] of [
      ['a', 'two', 1],
      ['a', 'one', 2],
      ['b', 'one', 1],
    ] as const) {
      expect(replica.renew(name, owner, token, 1)).toEqual({ status: 'not-holder' });
    }
  });

  it('a released hold has no lease; a hold given back in part keeps it', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    replica.apply(acquire('a', 'one', { ttlMs: 1_000 }), 0);
    replica.apply(release('a', 'one', 1), 1);
    expect(replica.renew('a', 'one', 1, 2)).toMatchObject({ status: 'renewed', holds: 1 });
    replica.apply(release('a', 'one', 1), 3);
    expect(replica.tick(10_000)).toEqual([]);
  });

  it('100,000 leases that end together are ended by commands of at most 1,000', () => {
    const replica = new Replica().lead(1, 0);
    for (let at = 0; at < 100_000; at += 1) {
      replica.apply(acquire(`lock/${at}`, 'one', { ttlMs: 1_000 }), 0);
    }
    expect(replica.machine.locksHeldAsLeader).toBe(100_000);
    let commands = 0;
    for (let due = replica.tick(1_000); due.length > 0; due = replica.tick(1_000)) {
      expect(due).toHaveLength(1);
      expect(due[0]?.leases).toHaveLength(1_000);
      commands += due.length;
      replica.apply(due[0], 1_000);
    }
    expect([commands, replica.machine.locksHeldAsLeader]).toEqual([100, 0]);
  });
});

describe('LockMachine reads', () => {
  it('the leader shows its own deadline, another replica what the log says', () => {
    const leader = new Replica().lead(1, 0);
    leader.apply(acquire('a', 'one', { ttlMs: 1_000, metadata: '{"pid":7}' }), 0);
    leader.renew('a', 'one', 1, 600);
    const view = {
      name: 'a',
      mode: 'exclusive',
      holders: [
        {
          sessionId: null,
          owner: 'one',
          token: 1,
          holds: 1,
          ttlMs: 1_000,
          expiresAtMs: WALL_MS + 1_600,
          metadata: '{"pid":7}',
        },
      ],
      queue: [],
    };
    expect(leader.get('a', 700)).toEqual(view);
    const follower = new Replica(leader.tables);
    const [holder] = view.holders;
    expect(follower.get('a', 700)).toEqual({
      ...view,
      holders: [{ ...holder, expiresAtMs: WALL_MS + 1_000 }],
    });
    expect(leader.get('b', 700)).toBeNull();
  });

  it('pages through 100,000 locks in byte order, each once', () => {
    const replica = new Replica();
    const names = Array.from({ length: 100_000 }, (_, at) => `😀/${(at * 61_803) % 100_000}`);
    for (const name of names) replica.apply(acquire(name, 'one'), 0);
    replica.apply(acquire('\ufffd', 'one'), 0);
    const listed: string[] = [];
    let after: string | null = null;
    do {
      const page: LockPage = replica.list('', after, 1_000);
      listed.push(...page.locks.map(({ name }) => name));
      after = page.next;
    } while (after !== null);
    expect(listed).toEqual(['\ufffd', ...names.sort(compareByteOrder)]);
    expect(replica.list('😀/9999', null, 2)).toMatchObject({
      locks: [{ name: '😀/9999' }, { name: '😀/99990' }],
      next: '😀/99990',
    });
  });

  it('the last page has no cursor, also when it is full', () => {
    const replica = new Replica();
    for (const name of ['a', 'b']) replica.apply(acquire(name, 'one'), 0);
    expect(replica.list('', null, 2).next).toBeNull();
    expect(replica.list('', 'a', 1)).toMatchObject({ locks: [{ name: 'b' }], next: null });
  });

  it('counts held locks where it leads only', () => {
    const replica = new Replica();
    replica.apply(acquire('a', 'one'), 0);
    expect(replica.machine.locksHeldAsLeader).toBeNull();
    replica.lead(1, 0);
    expect(replica.machine.locksHeldAsLeader).toBe(1);
    replica.machine.duties.stop();
    expect(replica.machine.locksHeldAsLeader).toBeNull();
  });

  it('answers a query or request of another version instead of throwing', () => {
    const { machine } = new Replica().lead(1, 0);
    const malformed = { status: 'malformed', message: 'kind must be get or list' };
    expect(machine.query({ kind: 'graph' }, instant(0))).toEqual(malformed);
    expect(machine.duties.request({ kind: 'keepalive' }, instant(0))).toEqual({
      status: 'malformed',
      message: 'kind must be renew',
    });
  });
});
