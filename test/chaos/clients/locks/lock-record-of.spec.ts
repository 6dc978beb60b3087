import {
  formatRecord,
  readHistory,
  type LockRecord,
} from '../../../linearizability/lock-history.js';
import type { ApiRequest, Call, Outcome } from '../calls/call.js';
import { lockRecordOf } from './lock-record-of.js';
import {
  acquire,
  acquireAll,
  breakLock,
  createSession,
  deleteSession,
  getLock,
  keepSessionAlive,
  listLocks,
  release,
  renew,
} from './lock-requests.js';

const ALICE = { owner: 'alice' };
const LEASE = { ttlMs: 1_000, waitMs: 50 };
const WANTED = { name: 'a/b', mode: 'shared' } as const;
const GRANT = { name: 'a/b', owner: 'alice', mode: 'shared', token: 7, holds: 2, ttlMs: 1_000 };

/** The record of a call, as a reader of the file gets it. */
function recordOf(request: ApiRequest, outcome: Outcome): LockRecord | undefined {
  const call: Call = {
    client: 'client',
    request,
    idempotencyKey: null,
    tries: [],
    invokedAt: 10,
    returnedAt: 20,
    outcome,
  };
  const record = lockRecordOf(call);
  return record === null ? undefined : readHistory(formatRecord(record))[0];
}

function answered(status: number, body: unknown, code: string | null = null): Outcome {
  return { kind: 'answered', status, code, body };
}

describe('lockRecordOf', () => {
  it('records grants of one lock, and of several', () => {
    expect(recordOf(acquire(ALICE, WANTED, LEASE), answered(200, GRANT))).toEqual({
      client: 'client',
      node: null,
      input: {
        kind: 'acquire',
        owner: 'alice',
        sessionId: null,
        locks: [WANTED],
        ttlMs: 1_000,
        waitMs: 50,
        lockDelayMs: 0,
      },
      output: {
        status: 'granted',
        locks: [{ name: 'a/b', mode: 'shared', token: 7, holds: 2 }],
      },
      invokedAt: 10,
      returnedAt: 20,
    });
    const request = acquireAll({ ...ALICE, sessionId: 's' }, [WANTED], LEASE);
    expect(recordOf(request, answered(200, { locks: [GRANT] }))).toMatchObject({
      input: { sessionId: 's', locks: [WANTED] },
      output: { status: 'granted', locks: [{ name: 'a/b', token: 7 }] },
    });
  });

  it('records refusals with what they tell', () => {
    const holders = [{ owner: 'bob', token: 3, holds: 1, sessionId: null }];
    const request = acquire(ALICE, WANTED, LEASE);
    const held = answered(409, { name: 'a/b', holders }, 'LOCK_HELD');
    expect(recordOf(request, held)?.output).toEqual({ status: 'held', name: 'a/b', holders });
    const many = answered(409, { name: 'a/b', holders, holderCount: 2_000 }, 'LOCK_HELD');
    expect(recordOf(request, many)?.output).toEqual({ status: 'held', name: 'a/b', holders: null });
    const refusals = ['LOCK_WAIT_TIMEOUT', 'DEADLOCK', 'NOT_HOLDER', 'SESSION_NOT_FOUND'];
    expect(refusals.map((code) => recordOf(request, answered(409, {}, code))?.output)).toEqual([
      { status: 'refused', reason: 'LOCK_WAIT_TIMEOUT' },
      { status: 'refused', reason: 'DEADLOCK' },
      { status: 'refused', reason: 'NOT_HOLDER' },
      { status: 'session-not-found' },
    ]);
  });

  it('records unknown outcomes without an answer, and what certainly did not happen', () => {
    const request = release(ALICE, { name: 'a/b', token: 7 });
    expect(recordOf(request, { kind: 'unknown' })).toMatchObject({
      output: null,
      returnedAt: null,
    });
    expect(recordOf(request, { kind: 'refused', code: 'NO_LEADER' })?.output).toEqual({
      status: 'not-done',
    });
  });

  it('records everything else that is done to locks and sessions', () => {
    const lock = { name: 'a/b', token: 7 };
    const gone = answered(404, {}, 'LOCK_NOT_FOUND');
    const outputs = [
      recordOf(release(ALICE, lock), answered(200, { name: 'a/b', released: false, holds: 1 })),
      recordOf(renew(ALICE, lock), answered(200, GRANT)),
      recordOf(renew(ALICE, lock), answered(409, { name: 'a/b' }, 'NOT_HOLDER')),
      recordOf(getLock('a/b'), answered(200, { mode: 'exclusive', holders: [] })),
      recordOf(getLock('a/b'), gone),
      recordOf(breakLock('a/b'), answered(204, undefined)),
      recordOf(breakLock('a/b'), gone),
      recordOf(createSession(4_000), answered(201, { sessionId: 's' })),
      recordOf(keepSessionAlive('s'), answered(200, {})),
      recordOf(deleteSession('s'), answered(204, undefined)),
    ].map((record) => record?.output);
    expect(outputs).toEqual([
      { status: 'released', locks: [{ name: 'a/b', holds: 1 }] },
      { status: 'renewed', locks: [{ name: 'a/b', mode: 'shared', token: 7, holds: 2 }] },
      { status: 'not-holder', name: 'a/b' },
      { status: 'seen', mode: 'exclusive', holders: [] },
      { status: 'free' },
      { status: 'broken' },
      { status: 'free' },
      { status: 'created', sessionId: 's' },
      { status: 'alive' },
      { status: 'ended' },
    ]);
    expect(recordOf(keepSessionAlive('s'), answered(200, {}))?.input).toEqual({
      kind: 'keep-alive',
      sessionId: 's',
    });
  });

  it('leaves lists out', () => {
    expect(recordOf(listLocks('limit=1'), answered(200, { locks: [] }))).toBeUndefined();
  });
});
