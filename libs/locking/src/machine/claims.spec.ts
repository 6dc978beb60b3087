import {
  acquire,
  acquireAll,
  breakLock,
  cancel,
  createSession,
  endSession,
  release,
} from '../testing/lock-commands.js';
import { Replica, WALL_MS } from '../testing/replica.js';

const P = 'node1/1';
const Q = 'node2/1';

/** One holds `a` until 10,000 ms; two waits for it by P as waiter 1. */
function queued(nowMs = 0): Replica {
  const replica = new Replica().lead(1, nowMs);
  replica.apply(acquire('a', 'one', { ttlMs: 10_000 }), nowMs);
  const waiting = acquire('a', 'two', { wait: true, ttlMs: 1_000 });
  expect(replica.apply(waiting, nowMs, { proposer: P })).toEqual({
    status: 'queued',
    waiterId: 1,
    upgrade: false,
  });
  return replica;
}

/** As {@link queued}, and then granted at 100 ms: unclaimed. */
function granted(): Replica {
  const replica = queued();
  replica.apply(release('a', 'one', 1), 100);
  return replica;
}

const grant = { name: 'a', mode: 'exclusive', token: 2, holds: 1, ttlMs: 1_000 };

describe('claims', () => {
  it('a grant is noticed by who waits, and its lease begins when it is claimed', () => {
    const replica = queued();
    expect([replica.notices(), replica.claim(1, P, 50)]).toEqual([
      [],
      { waiterId: 1, outcome: 'waiting' },
    ]);
    replica.apply(release('a', 'one', 1), 100);
    expect(replica.notices()).toEqual([{ proposer: P, body: { waiterIds: [1] } }]);
    expect(replica.claim(1, P, 900)).toEqual({
      waiterId: 1,
      outcome: 'granted',
      locks: [{ ...grant, expiresAtMs: WALL_MS + 1_900 }],
    });
    expect(replica.tick(1_899)).toEqual([]);
    expect(replica.tick(1_900)).toHaveLength(1);
  });

  it('a claim may be repeated: its answer may have been lost', () => {
    const replica = granted();
    for (const nowMs of [200, 300]) {
      expect(replica.claim(1, P, nowMs)).toMatchObject({ outcome: 'granted' });
    }
  });

  it('a waiter is claimed by those that attend it only', () => {
    const replica = queued();
    expect(replica.claim(1, Q, 50)).toEqual({ waiterId: 1, outcome: 'gone' });
    replica.apply(release('a', 'one', 1), 100);
    expect(replica.claim(1, Q, 110)).toEqual({ waiterId: 1, outcome: 'gone' });
    expect(replica.claim(2, P, 110)).toEqual({ waiterId: 2, outcome: 'gone' });
  });

  it('after a change of leader the node claims its place in the queue, or the grant, again', () => {
    const waiting = new Replica(queued().tables).lead(2, 1_000);
    expect(waiting.claim(1, P, 1_001)).toEqual({ waiterId: 1, outcome: 'waiting' });
    const holding = new Replica(granted().tables).lead(2, 1_000);
    expect(holding.claim(1, P, 1_001)).toMatchObject({ outcome: 'granted', locks: [grant] });
  });

  it('a grant whose expiry is being decided is not claimed until it is', () => {
    const replica = granted();
    replica.notices();
    const [command] = replica.tick(1_100);
    expect(replica.claim(1, P, 1_101)).toEqual({ waiterId: 1, outcome: 'waiting' });
    replica.apply(command, 1_102);
    expect(replica.notices()).toEqual([{ proposer: P, body: { waiterIds: [1] } }]);
    expect(replica.claim(1, P, 1_103)).toEqual({ waiterId: 1, outcome: 'gone' });
  });

  it('an unclaimed grant that an operator breaks is noticed', () => {
    const replica = granted();
    replica.notices();
    replica.apply(breakLock('a'), 200);
    expect(replica.notices()).toEqual([{ proposer: P, body: { waiterIds: [1] } }]);
  });

  it('a waiter that is removed with its session is noticed', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(createSession('s'), 0);
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(acquire('a', 's', { sessionId: 's', wait: true }), 0, { proposer: P });
    replica.apply(endSession('s'), 1);
    expect(replica.notices()).toEqual([{ proposer: P, body: { waiterIds: [1] } }]);
    expect(replica.claim(1, P, 2)).toEqual({ waiterId: 1, outcome: 'gone' });
  });

  it('a cancelled wait is no news to who cancelled it', () => {
    const replica = queued();
    expect(replica.apply(cancel(1), 10, { proposer: P })).toEqual({ status: 'cancelled' });
    expect(replica.notices()).toEqual([]);
  });
});

describe('abandoned grants', () => {
  const abandon = (term: number) => ({ kind: 'abandon', term, waiters: [1] });

  it('a grant that a closed proposer did not claim is given back', () => {
    const replica = granted();
    replica.closeProposer(P, 200);
    const commands = replica.duties.followUps();
    expect(commands).toEqual([abandon(1)]);
    expect(replica.duties.followUps()).toEqual([]);
    expect(replica.apply(commands[0], 201)).toEqual({ status: 'abandoned', released: 1 });
    expect(replica.get('a', 202)).toBeNull();
  });

  it('from then on no claim of it is answered: the client would believe in a dead lock', () => {
    const replica = granted();
    replica.closeProposer(P, 200);
    expect(replica.claim(1, P, 201)).toEqual({ waiterId: 1, outcome: 'gone' });
  });

  it('a refused one comes again', () => {
    const replica = granted();
    replica.closeProposer(P, 200);
    for (const command of replica.duties.followUps()) replica.duties.refused(command);
    expect(replica.duties.followUps()).toEqual([abandon(1)]);
  });

  it('a claimed grant is not: its client was told', () => {
    const replica = granted();
    replica.claim(1, P, 150);
    replica.closeProposer(P, 200);
    expect(replica.duties.followUps()).toEqual([]);
  });

  it('a grant that a late cancel was told of is claimed', () => {
    const replica = granted();
    expect(replica.apply(cancel(1), 150, { proposer: P })).toMatchObject({
      status: 'granted',
      locks: [grant],
    });
    replica.closeProposer(P, 200);
    expect(replica.duties.followUps()).toEqual([]);
  });

  it('a grant of an earlier term is not: it may have been claimed from the leader of then', () => {
    const replica = granted();
    replica.lead(2, 150);
    replica.closeProposer(P, 200);
    expect(replica.duties.followUps()).toEqual([]);
    expect(replica.get('a', 201)?.holderCount).toBe(1);
  });

  it('of an earlier term is void', () => {
    const replica = granted();
    replica.closeProposer(P, 200);
    const [command] = replica.duties.followUps();
    replica.lead(2, 300);
    expect(replica.apply(command, 301, { term: 2 })).toEqual({ status: 'abandoned', released: 0 });
    expect(replica.get('a', 302)?.holderCount).toBe(1);
  });

  it('a grant that an Idempotency-Key remembers is not: a repeat may have been told', () => {
    const replica = new Replica().lead(1, 0);
    const idempotency = { scope: 'k', fingerprint: 'f' };
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(acquire('a', 'two', { wait: true }), 0, { proposer: P, idempotency });
    replica.apply(release('a', 'one', 1), 100);
    replica.closeProposer(P, 200);
    expect(replica.duties.followUps()).toEqual([]);
    expect(replica.get('a', 201)?.holderCount).toBe(1);
  });

  it('a waiter that two attend is given up with the second', () => {
    const replica = new Replica().lead(1, 0);
    const idempotency = { scope: 'k', fingerprint: 'f' };
    const waiting = acquire('a', 'two', { wait: true });
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(waiting, 0, { proposer: P, idempotency });
    expect(replica.apply(waiting, 1, { proposer: Q, idempotency })).toEqual({
      status: 'queued',
      waiterId: 1,
      upgrade: false,
    });
    replica.closeProposer(P, 2);
    expect(replica.claim(1, Q, 3)).toEqual({ waiterId: 1, outcome: 'waiting' });
    replica.closeProposer(Q, 4);
    expect(replica.get('a', 5)?.queueLength).toBe(0);
  });

  // Breaks otherwise: what one command had no room for rests until its lease ends.
  it('more than one command can give back takes several', () => {
    const replica = new Replica().lead(1, 0);
    const shared = { mode: 'shared', wait: true } as const;
    const upgrade = { mode: 'exclusive', wait: true } as const;
    let token = 0;
    for (let at = 0; at < 200; at += 1) {
      const name = `lock/${at}`;
      replica.apply(acquire(name, 'one'), 0);
      // Two share the lock after it, and one of them asks to have it alone, five times.
      replica.apply(acquire(name, `${at}`, shared), 0, { proposer: P });
      replica.apply(acquire(name, 'two', shared), 0, { proposer: Q });
      replica.apply(release(name, 'one', token + 1), 1);
      for (let times = 0; times < 5; times += 1) {
        replica.apply(acquire(name, `${at}`, upgrade), 2, { proposer: Q });
      }
      token += 3;
    }
    expect(replica.machine.countsAsLeader).toMatchObject({ held: 400, waiting: 1_000 });
    replica.closeProposer(P, 3);
    const released: unknown[] = [];
    for (
      let [command] = replica.duties.followUps();
      command !== undefined;
      [command] = replica.duties.followUps()
    ) {
      released.push(replica.apply(command, 4));
    }
    expect(released).toEqual([
      { status: 'abandoned', released: 150 },
      { status: 'abandoned', released: 50 },
    ]);
    expect(replica.machine.countsAsLeader).toMatchObject({ held: 200, waiting: 0 });
  });

  it('a multi-lock is given back whole', () => {
    const replica = new Replica().lead(1, 0);
    const locks = ['a', 'b'].map((name) => ({ name, mode: 'exclusive' as const }));
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(acquireAll(locks, 'two', { wait: true }), 0, { proposer: P });
    replica.apply(release('a', 'one', 1), 100);
    expect(replica.notices()).toEqual([{ proposer: P, body: { waiterIds: [1] } }]);
    replica.closeProposer(P, 200);
    for (const command of replica.duties.followUps()) replica.apply(command, 201);
    expect(replica.machine.countsAsLeader).toMatchObject({ held: 0, waiting: 0 });
  });
});

describe('sweeps', () => {
  /** A session that holds 1,000 locks, and another owner who waits for the last of them. */
  function ending(): Replica {
    const replica = new Replica().lead(1, 0);
    replica.apply(createSession('s'), 0);
    for (let at = 0; at < 1_000; at += 1) {
      replica.apply(acquire(`lock/${at}`, 's', { sessionId: 's' }), 0);
    }
    replica.apply(acquire('lock/999', 'two', { wait: true }), 0, { proposer: P });
    replica.apply(endSession('s'), 1);
    return replica;
  }

  it('follow a mass ending one at a time until nothing is left', () => {
    const replica = ending();
    let sweeps = 0;
    for (
      let commands = replica.duties.followUps();
      commands.length > 0;
      commands = replica.duties.followUps()
    ) {
      expect(commands).toEqual([{ kind: 'sweep' }]);
      expect(replica.duties.followUps()).toEqual([]);
      replica.apply(commands[0], 2);
      sweeps += 1;
    }
    expect(sweeps).toBeGreaterThan(0);
    expect(sweeps).toBeLessThan(10);
    expect(replica.claim(1, P, 3)).toMatchObject({ outcome: 'granted' });
    expect(replica.machine.countsAsLeader).toEqual({ held: 1, waiting: 0, sessions: 0 });
  });

  it('are asked for again when they are refused, and by a new leader', () => {
    const replica = ending();
    for (const command of replica.duties.followUps()) replica.duties.refused(command);
    expect(replica.duties.followUps()).toEqual([{ kind: 'sweep' }]);
    expect(replica.duties.followUps()).toEqual([]);
    replica.lead(2, 300);
    expect(replica.duties.followUps()).toEqual([{ kind: 'sweep' }]);
  });
});
