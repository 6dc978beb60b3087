import fc from 'fast-check';
import { LeaseKeeper, type LeaseIdentity } from './lease-keeper.js';

const lease = (id: number, leaseIndex = 1): LeaseIdentity => ({ id, leaseIndex });

describe('LeaseKeeper', () => {
  it('is due exactly when the clock has reached the deadline', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1), { ttlMs: 100, nowMs: 1_000 });
    expect(keeper.takeDue(1_099.9, 10)).toEqual([]);
    expect(keeper.remainingMs(1, 1_040)).toBe(60);
    expect(keeper.takeDue(1_100, 10)).toEqual([lease(1)]);
    expect(keeper.takeDue(1_100, 10)).toEqual([]);
    expect(keeper.remainingMs(1, 1_100)).toBe(0);
    expect(keeper.remainingMs(2, 1_100)).toBeUndefined();
  });

  it('compares with the clock: a leader stopped for 10 s renews nothing before its first tick', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1), { ttlMs: 5_000, nowMs: 0 });
    expect(keeper.renew(1, 10_000)).toBe('expiring');
    expect(keeper.takeDue(10_000, 10)).toEqual([lease(1)]);
  });

  it('answers no renewal from the proposal of the expiry to its outcome', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1), { ttlMs: 100, nowMs: 0 });
    keeper.takeDue(100, 10);
    expect(keeper.renew(1, 101)).toBe('expiring');
    keeper.end(1);
    expect(keeper.renew(1, 102)).toBe('unknown');
  });

  it('a renewal moves the deadline by the full length', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1), { ttlMs: 100, nowMs: 0 });
    expect(keeper.renew(1, 99)).toBe('living');
    expect(keeper.takeDue(198, 10)).toEqual([]);
    expect(keeper.takeDue(199, 10)).toEqual([lease(1)]);
  });

  it('a refused expiry is not lost: the lease is due again at the next tick', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1), { ttlMs: 100, nowMs: 0 });
    keeper.takeDue(100, 10);
    keeper.refused(lease(1));
    expect(keeper.renew(1, 101)).toBe('expiring');
    expect(keeper.takeDue(101, 10)).toEqual([lease(1)]);
  });

  it('a lease that began anew while its expiry was in flight lives on, whatever becomes of that', () => {
    const keeper = new LeaseKeeper();
    keeper.start(lease(1, 5), { ttlMs: 100, nowMs: 0 });
    keeper.takeDue(100, 10);
    keeper.start(lease(1, 6), { ttlMs: 200, nowMs: 110 });
    expect(keeper.renew(1, 120)).toBe('living');
    expect(keeper.takeDue(320, 10)).toEqual([lease(1, 6)]);
    keeper.refused(lease(1, 5));
    expect(keeper.takeDue(320, 10)).toEqual([]);
    keeper.validate();
  });

  it('takes a bounded number at once, the longest due first', () => {
    const keeper = new LeaseKeeper();
    for (const id of [3, 1, 2]) keeper.start(lease(id), { ttlMs: 100 * id, nowMs: 0 });
    expect(keeper.takeDue(1_000, 2)).toEqual([lease(1), lease(2)]);
    expect(keeper.takeDue(1_000, 2)).toEqual([lease(3)]);
  });

  it('100,000 leases renewed ten times and ended leave nothing behind', () => {
    const keeper = new LeaseKeeper();
    for (let id = 0; id < 100_000; id += 1)
      keeper.start(lease(id), { ttlMs: 86_400_000, nowMs: id });
    for (let round = 1; round <= 10; round += 1) {
      for (let id = 0; id < 100_000; id += 1) keeper.renew(id, round * 200_000 + id);
    }
    keeper.validate();
    expect(keeper.size).toBe(100_000);
    for (let id = 0; id < 100_000; id += 1) keeper.end(id);
    keeper.validate();
    expect([keeper.size, keeper.takeDue(Number.MAX_SAFE_INTEGER, 10)]).toEqual([0, []]);
  });

  it('does what a plain list of deadlines does', () => {
    const id = fc.integer({ min: 0, max: 7 });
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('start' as const),
        id,
        ttlMs: fc.integer({ min: 1, max: 50 }),
      }),
      fc.record({ kind: fc.constant('renew' as const), id }),
      fc.record({ kind: fc.constant('end' as const), id }),
      fc.record({ kind: fc.constant('due' as const), countMax: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('refused' as const), id }),
    );
    const timed = fc.tuple(step, fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(timed, { maxLength: 100 }), (steps) => {
        const keeper = new LeaseKeeper();
        const plain = new Map<number, { ttlMs: number; deadlineMs: number; expiring: boolean }>();
        let nowMs = 0;
        for (const [action, passedMs] of steps) {
          nowMs += passedMs;
          switch (action.kind) {
            case 'start': {
              const { ttlMs } = action;
              keeper.start(lease(action.id), { ttlMs, nowMs });
              plain.set(action.id, { ttlMs, deadlineMs: nowMs + ttlMs, expiring: false });
              break;
            }
            case 'renew': {
              const kept = plain.get(action.id);
              const due = kept !== undefined && (kept.expiring || kept.deadlineMs <= nowMs);
              const expected = kept === undefined ? 'unknown' : due ? 'expiring' : 'living';
              expect(keeper.state(action.id, nowMs)).toBe(expected);
              expect(keeper.renew(action.id, nowMs)).toBe(expected);
              if (kept !== undefined && !due) kept.deadlineMs = nowMs + kept.ttlMs;
              break;
            }
            case 'end':
              keeper.end(action.id);
              plain.delete(action.id);
              break;
            case 'refused': {
              keeper.refused(lease(action.id));
              const kept = plain.get(action.id);
              if (kept !== undefined) kept.expiring = false;
              break;
            }
            case 'due': {
              const living = [...plain.values()].filter((kept) => !kept.expiring);
              const due = living.filter((kept) => kept.deadlineMs <= nowMs);
              const expected = due.map((kept) => kept.deadlineMs).sort((a, b) => a - b);
              const taken = keeper.takeDue(nowMs, action.countMax).map((found) => {
                const kept = plain.get(Number(found.id));
                if (kept !== undefined) kept.expiring = true;
                return kept?.deadlineMs;
              });
              expect(taken).toEqual(expected.slice(0, action.countMax));
              break;
            }
          }
          keeper.validate();
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
