import type { LockOutput, LockRecord } from '../../../linearizability/lock-history.js';
import { Beliefs } from './beliefs.js';
import { checkLeases } from './leases.js';
import { granted, record, released, type Span } from '../records.js';

const LOCK = 'lock';
const FREE: LockOutput = { status: 'free' };
const NOT_HOLDER: LockOutput = { status: 'not-holder', name: LOCK };

function lost(...records: readonly LockRecord[]): number {
  return checkLeases(records, new Beliefs(records)).violations.length;
}

function get(span: Span, output: LockOutput): LockRecord {
  return record(span, { kind: 'get', name: LOCK }, output);
}

describe('checkLeases', () => {
  const hold = granted([0, 10], LOCK, 'a', 1);
  const claim = { owner: 'a', locks: [{ name: LOCK, token: 1 }] };

  it('finds a lock that is free, or held by others only, before its lease has ended', () => {
    const seen = (owner: string): LockOutput => {
      const holders = [{ owner, sessionId: null, token: 1, holds: 1 }];
      return { status: 'seen', mode: 'exclusive', holders };
    };
    expect(lost(hold, get([20, 30], FREE))).toBe(1);
    expect(lost(hold, get([20, 30], seen('b')))).toBe(1);
    expect(lost(hold, get([20, 30], seen('a')))).toBe(0);
    expect(lost(hold, get([5, 30], FREE))).toBe(0);
    expect(lost(hold, get([990, 1_001], FREE))).toBe(0);
    expect(lost(hold, released([15, 40], LOCK, 'a', 1), get([20, 30], FREE))).toBe(0);
  });

  it('finds a renewal that is refused in time', () => {
    const renew = { kind: 'renew', ...claim, ttlMs: null } as const;
    expect(lost(hold, record([20, 30], renew, NOT_HOLDER))).toBe(1);
    expect(lost(hold, record([990, 1_001], renew, NOT_HOLDER))).toBe(0);
  });

  it('finds a first release that is refused in time; a second one may be', () => {
    const release = { kind: 'release', ...claim } as const;
    expect(lost(hold, record([20, 30], release, NOT_HOLDER))).toBe(1);
    expect(lost(hold, record([20, 30], release, null), record([40, 50], release, NOT_HOLDER))).toBe(
      0,
    );
    const broken = record([12, 14], { kind: 'break', name: LOCK }, { status: 'broken' });
    expect(lost(hold, broken, record([20, 30], release, NOT_HOLDER))).toBe(0);
  });

  it('finds a session that is gone before it has ended', () => {
    const sessionId = 's';
    const input = { kind: 'create-session', ttlMs: 1_000, lockDelayMs: 0 } as const;
    const created = record([0, 5], input, { status: 'created', sessionId });
    const gone = (span: Span): LockRecord =>
      record(span, { kind: 'keep-alive', sessionId }, { status: 'session-not-found' });
    expect(lost(created, gone([900, 950]))).toBe(1);
    expect(lost(created, gone([990, 1_001]))).toBe(0);
    const ended = record([800, 960], { kind: 'end-session', sessionId }, null);
    expect(lost(created, ended, gone([900, 950]))).toBe(0);
  });
});
