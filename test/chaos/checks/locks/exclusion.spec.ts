import type { LockRecord } from '../../../linearizability/lock-history.js';
import { Beliefs } from './beliefs.js';
import { checkExclusion, checkTokens } from './exclusion.js';
import { granted, lost, record, released, renewed } from '../records.js';

const LOCK = 'lock';

function overlaps(...records: readonly LockRecord[]): number {
  return checkExclusion(new Beliefs(records)).violations.length;
}

function badTokens(...records: readonly LockRecord[]): readonly string[] {
  return checkTokens(new Beliefs(records)).violations;
}

describe('checkExclusion', () => {
  it('takes one holder after the other', () => {
    const first = granted([0, 10], LOCK, 'a', 1);
    expect(overlaps(first, granted([0, 1_000], LOCK, 'b', 2))).toBe(0);
    expect(overlaps(first, released([20, 30], LOCK, 'a', 1), granted([5, 25], LOCK, 'b', 2))).toBe(
      0,
    );
  });

  it('finds a second holder while the lease of the first goes on', () => {
    const first = granted([0, 10], LOCK, 'a', 1);
    expect(checkExclusion(new Beliefs([first, granted([5, 999], LOCK, 'b', 2)]))).toMatchObject({
      seen: '2 holds of 1 locks',
      violations: [
        'lock: a (token 1, exclusive, 10 to 1000 ms) and b (token 2, exclusive, 999 to 1005 ms)',
      ],
    });
  });

  it('counts a renewal from when it was asked for', () => {
    const records = [granted([0, 10], LOCK, 'a', 1), renewed([900, 950], LOCK, 'a', 1)];
    expect(overlaps(...records, granted([1_000, 1_899], LOCK, 'b', 2))).toBe(1);
    expect(overlaps(...records, granted([1_000, 1_900], LOCK, 'b', 2))).toBe(0);
  });

  it('lets readers share, but no writer with them', () => {
    const shared = { mode: 'shared' } as const;
    const readers = [
      granted([0, 10], LOCK, 'a', 1, shared),
      granted([0, 10], LOCK, 'b', 2, shared),
    ];
    expect(overlaps(...readers)).toBe(0);
    expect(overlaps(...readers, granted([20, 30], LOCK, 'c', 3))).toBe(2);
  });

  it('believes in a lock of a session as long as the session is known to live', () => {
    const sessionId = 's';
    const created = record(
      [0, 5],
      { kind: 'create-session', ttlMs: 1_000, lockDelayMs: 0 },
      { status: 'created', sessionId },
    );
    const alive = record([900, 910], { kind: 'keep-alive', sessionId }, { status: 'alive' });
    const held = granted([100, 110], LOCK, 'a', 1, { sessionId });
    const other = granted([1_000, 1_500], LOCK, 'b', 2);
    expect(overlaps(created, held, other)).toBe(0);
    expect(overlaps(created, held, alive, other)).toBe(1);
    const ended = record([950, 1_600], { kind: 'end-session', sessionId }, null);
    expect(overlaps(created, held, alive, other, ended)).toBe(0);
  });

  it('does not believe in what an operator may have broken', () => {
    const input = { kind: 'break', name: LOCK } as const;
    const holds = [granted([0, 30], LOCK, 'a', 1), granted([40, 50], LOCK, 'b', 2)];
    expect(overlaps(...holds, record([10, 20], input, { status: 'broken' }))).toBe(0);
    expect(overlaps(...holds, record([35, 36], input, null))).toBe(0);
    expect(overlaps(...holds, record([5, 36], input, { status: 'not-done' }))).toBe(1);
  });

  it('counts every token of a holder as the same hold', () => {
    const reader = granted([0, 10], LOCK, 'a', 1, { mode: 'shared' });
    const upgraded = granted([20, 30], LOCK, 'a', 2);
    const next = granted([40, 60], LOCK, 'b', 3);
    expect(overlaps(reader, upgraded, released([40, 50], LOCK, 'a', 2), next)).toBe(0);
  });
});

describe('checkTokens', () => {
  it('takes tokens that grow, over all locks', () => {
    expect(badTokens(granted([0, 10], 'x', 'a', 1), granted([20, 30], 'y', 'b', 2))).toEqual([]);
    // At the same time: in any order.
    expect(badTokens(granted([0, 10], 'x', 'a', 2), granted([5, 30], 'y', 'b', 1))).toEqual([]);
  });

  it('finds a token that is smaller than one that was known before', () => {
    expect(badTokens(granted([0, 10], 'x', 'a', 2), granted([20, 30], 'y', 'b', 1))).toHaveLength(
      1,
    );
  });

  it('finds one token for two', () => {
    expect(badTokens(granted([0, 10], 'x', 'a', 1), granted([0, 10], 'y', 'b', 1))).toHaveLength(1);
  });

  it('counts a grant from the first request of its owner, whose answer may have been lost', () => {
    const other = granted([20, 30], 'y', 'b', 2);
    expect(badTokens(lost(0, 'x', 'a'), other, granted([40, 50], 'x', 'a', 1))).toEqual([]);
    expect(badTokens(other, granted([40, 50], 'x', 'a', 1))).toHaveLength(1);
  });
});
