import { delayLease, leaseOf, LockLeases, sessionLease, type LeaseSource } from './lock-leases.js';

const hold = (id: number, sessionId: string | null = null, ttlMs = 1_000) => ({
  id,
  sessionId,
  ttlMs,
  leaseIndex: id,
});

function source(parts: Partial<Record<keyof LeaseSource, readonly unknown[]>>): LeaseSource {
  const { holds = [], sessions = [], delays = [] } = parts;
  return { holds: () => holds, sessions: () => sessions, delays: () => delays } as LeaseSource;
}

const EMPTY = source({});

function begun(parts: Parameters<typeof source>[0]): LockLeases {
  const leases = new LockLeases();
  leases.start(source(parts), 0);
  leases.beginSlice();
  return leases;
}

describe('LockLeases', () => {
  it('a new leader begins holds, sessions and delays at their full length', () => {
    const leases = begun({
      holds: [hold(1), hold(2, 'x')],
      sessions: [{ id: 'x', ttlMs: 2_000, leaseIndex: 5 }],
      delays: [{ name: 'a', delayMs: 500, leaseIndex: 6 }],
    });
    expect(leases.takeDue(499, 10)).toEqual([]);
    expect(leases.takeDue(2_000, 10)).toEqual([
      { kind: 'delay', name: 'a', leaseIndex: 6 },
      { kind: 'hold', holdId: 1, leaseIndex: 1 },
      { kind: 'session', sessionId: 'x', leaseIndex: 5 },
    ]);
    // The hold of the session ends with it, and has no lease of its own.
    expect(leases.size).toBe(3);
  });

  it('a session and a lock of one name have leases of their own', () => {
    const leases = begun({});
    leases.begin(sessionLease('7', { ttlMs: 100, leaseIndex: 1 }), 0);
    leases.begin(delayLease('7', { delayMs: 100, leaseIndex: 2 }), 0);
    leases.begin(leaseOf(hold(7, null, 100)), 0);
    leases.endDelay('7');
    expect(leases.takeDue(100, 10)).toEqual([
      { kind: 'session', sessionId: '7', leaseIndex: 1 },
      { kind: 'hold', holdId: 7, leaseIndex: 7 },
    ]);
  });

  it('begins a million in slices of 10,000, and what is asked for at once', () => {
    const holds = Array.from({ length: 25_000 }, (_, at) => hold(at + 1));
    const leases = new LockLeases();
    leases.start(source({ holds }), 1_000);
    expect(leases.size).toBe(0);
    expect(leases.remainingMs(leaseOf(hold(25_000)), 1_400)).toBe(600);
    expect(leases.size).toBe(1);
    const sizes = [1, 2, 3, 4].map(() => {
      leases.beginSlice();
      return leases.size;
    });
    expect(sizes).toEqual([10_001, 20_001, 25_000, 25_000]);
    leases.validate();
  });

  it('a lease counts from the start of the leader, however late its slice came', () => {
    const leases = new LockLeases();
    leases.start(source({ holds: [hold(1), hold(2)] }), 1_000);
    const late = leaseOf(hold(1));
    expect(leases.isExpiring(late, 1_999)).toBe(false);
    expect(leases.isExpiring(late, 2_000)).toBe(true);
    leases.beginSlice();
    expect(leases.takeDue(2_000, 10)).toHaveLength(2);
  });

  it('a lease that was renewed before its slice came is not begun again by it', () => {
    const leases = new LockLeases();
    leases.start(source({ holds: [hold(1)] }), 0);
    leases.renew(leaseOf(hold(1)), 900);
    leases.beginSlice();
    expect(leases.takeDue(1_899, 10)).toEqual([]);
    expect(leases.takeDue(1_900, 10)).toEqual([{ kind: 'hold', holdId: 1, leaseIndex: 1 }]);
  });

  it('a refused expiry of each kind is due again', () => {
    const leases = begun({
      holds: [hold(1)],
      sessions: [{ id: 'x', ttlMs: 1_000, leaseIndex: 5 }],
      delays: [{ name: 'a', delayMs: 1_000, leaseIndex: 6 }],
    });
    const due = leases.takeDue(1_000, 10);
    expect(leases.takeDue(1_000, 10)).toEqual([]);
    for (const lease of due) leases.refused(lease);
    expect(leases.takeDue(1_000, 10)).toHaveLength(3);
  });

  it('when all have begun, asking for a lease that has not is a bug', () => {
    const leases = new LockLeases();
    leases.start(EMPTY, 0);
    leases.beginSlice();
    expect(() => leases.isExpiring(leaseOf(hold(1)), 0)).toThrow(
      'LockLeases: every living lease has begun',
    );
  });
});
