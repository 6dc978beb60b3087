import { compareByteOrder } from '@sinkron/utf8';
import type { EventPage } from '../core/commands/lock-event.js';
import type { LockPage, SessionPage } from '../core/commands/lock-view.js';
import { acquire, createSession, release } from '../testing/lock-commands.js';
import { Replica, WALL_MS } from '../testing/replica.js';

describe('LockMachine reads', () => {
  it('the leader shows its own deadline, another replica what the log says', () => {
    const leader = new Replica().lead(1, 0);
    leader.apply(acquire('a', 'one', { ttlMs: 1_000, metadata: '{"pid":7}' }), 0);
    leader.renew('a', 'one', 1, 600);
    leader.apply(acquire('a', 'two', { mode: 'shared', wait: true }), 650, { proposer: 'p' });
    const holder = {
      sessionId: null,
      owner: 'one',
      token: 1,
      holds: 1,
      ttlMs: 1_000,
      expiresAtMs: WALL_MS + 1_600,
      metadata: '{"pid":7}',
    };
    const view = {
      name: 'a',
      mode: 'exclusive',
      holders: [holder],
      holderCount: 1,
      queue: [{ owner: 'two', mode: 'shared', sinceMs: WALL_MS + 650 }],
      queueLength: 1,
      delayed: false,
    };
    expect(leader.get('a', 700)).toEqual(view);
    const follower = new Replica(leader.tables);
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

  it('shows 1,000 holders and waiters of a lock and counts the others; crowded pages are short', () => {
    const replica = new Replica();
    for (const name of ['a', 'b', 'c']) {
      for (let at = 0; at < 1_100; at += 1) {
        replica.apply(acquire(name, `s${at}`, { mode: 'shared' }), 0);
      }
      for (let at = 0; at < 1_100; at += 1) {
        replica.apply(acquire(name, `x${at}`, { wait: true }), 0, { proposer: 'p' });
      }
    }
    const page = replica.list('', null, 100);
    expect([page.locks.length, page.next]).toEqual([2, 'b']);
    const [lock] = page.locks;
    expect([lock?.holderCount, lock?.queueLength]).toEqual([1_100, 1_100]);
    expect([lock?.holders.length, lock?.queue.length]).toEqual([1_000, 1_000]);
    expect(lock?.holders.at(-1)?.owner).toBe('s999');
    expect(lock?.queue.at(-1)?.owner).toBe('x999');
    expect(replica.list('', page.next, 100)).toMatchObject({ locks: [{ name: 'c' }], next: null });
  });

  it('shows sessions in the order of their ids, with how much they hold', () => {
    const replica = new Replica().lead(1, 0);
    replica.apply(createSession('t', { ttlMs: 2_000, lockDelayMs: 7, name: 'worker' }), 0);
    replica.apply(createSession('s', { ttlMs: 1_000 }), 0);
    replica.apply(acquire('a', 's', { sessionId: 's' }), 0);
    replica.apply(acquire('b', 's', { sessionId: 's' }), 0);
    replica.keepAlive('s', 600);
    const s = {
      sessionId: 's',
      name: null,
      ttlMs: 1_000,
      lockDelayMs: 0,
      expiresAtMs: WALL_MS + 1_600,
      locks: 2,
    };
    const t = {
      sessionId: 't',
      name: 'worker',
      ttlMs: 2_000,
      lockDelayMs: 7,
      expiresAtMs: WALL_MS + 2_000,
      locks: 0,
    };
    expect(replica.session('s', 700)).toEqual(s);
    expect(replica.session('u', 700)).toBeNull();
    const page = (after: string | null, limit: number) =>
      replica.query({ kind: 'sessions', after, limit }, 700) as SessionPage;
    expect(page(null, 2)).toEqual({ sessions: [s, t], next: null });
    expect(page(null, 1)).toEqual({ sessions: [s], next: 's' });
    expect(page('s', 1)).toEqual({ sessions: [t], next: null });
  });

  it('shows who waits for whom', () => {
    const replica = new Replica();
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(acquire('a', 'two', { wait: true }), 0, { proposer: 'p' });
    replica.apply(acquire('a', 'three', { wait: true }), 0, { proposer: 'p' });
    const graph = replica.query({ kind: 'graph' }) as { nodes: string[]; edges: unknown[] };
    expect({ ...graph, nodes: graph.nodes.sort() }).toEqual({
      nodes: ['one', 'three', 'two'],
      edges: [
        { owner: 'two', waitsFor: 'one', lock: 'a' },
        { owner: 'three', waitsFor: 'two', lock: 'a' },
      ],
      truncated: false,
    });
  });

  it('tells the same events on every replica, and counts deadlocks where it leads', () => {
    const replicas = [new Replica().lead(1, 0), new Replica()];
    for (const replica of replicas) {
      replica.apply(acquire('a', 'one'), 0);
      replica.apply(acquire('b', 'two'), 1);
      replica.apply(acquire('b', 'one', { wait: true }), 2, { proposer: 'p' });
      expect(replica.apply(acquire('a', 'two', { wait: true }), 3, { proposer: 'p' })).toEqual({
        status: 'deadlock',
        cycle: [
          { owner: 'two', waitsFor: 'one', lock: 'a' },
          { owner: 'one', waitsFor: 'two', lock: 'b' },
        ],
      });
      replica.apply(release('b', 'two', 2), 4);
    }
    const [leader, follower] = replicas.map(
      (replica) =>
        replica.query({ kind: 'events', after: '1-0', prefix: '', limit: 100 }) as EventPage,
    );
    expect(leader?.events.map(({ id, kind, name, token }) => [id, kind, name, token])).toEqual([
      ['1-1', 'granted', 'a', 1],
      ['2-1', 'granted', 'b', 2],
      ['3-1', 'queued', 'b', null],
      ['4-1', 'deadlock', 'a', null],
      ['5-1', 'released', 'b', 2],
      ['5-2', 'granted', 'b', 3],
    ]);
    expect(follower).toEqual(leader);
    expect(replicas.map(({ machine }) => machine.counters.deadlocks)).toEqual([1, 0]);
  });

  it('counts where it leads only', () => {
    const replica = new Replica();
    replica.apply(acquire('a', 'one'), 0);
    replica.apply(acquire('a', 'two', { wait: true }), 0, { proposer: 'p' });
    expect(replica.machine.countsAsLeader).toBeNull();
    replica.lead(1, 0);
    expect(replica.machine.countsAsLeader).toEqual({ held: 1, waiting: 1, sessions: 0 });
    replica.duties.stop();
    expect(replica.machine.countsAsLeader).toBeNull();
  });

  it('answers a command, query or request of another version instead of throwing', () => {
    const replica = new Replica().lead(1, 0);
    const { machine } = replica;
    const instant = { monotonicMs: 0, wallMs: WALL_MS };
    expect(replica.apply({ kind: 'sweep-harder' }, 0)).toMatchObject({ status: 'malformed' });
    expect(machine.query({ kind: 'watch' }, instant)).toEqual({
      status: 'malformed',
      message: 'kind must be get or list or session or sessions or graph or events',
    });
    expect(machine.duties.request({ kind: 'steal' }, instant)).toEqual({
      status: 'malformed',
      message: 'kind must be renew or keepalive or claim',
    });
  });
});
