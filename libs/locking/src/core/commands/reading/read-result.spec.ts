import {
  readAcquireResult,
  readBreakResult,
  readCancelResult,
  readClaims,
  readCreateSessionResult,
  readEndSessionResult,
  readKeepAlive,
  readLeaseRenewal,
  readReleaseResult,
  readRenewResult,
} from './read-result.js';

const grant = {
  name: 'a',
  mode: 'shared',
  token: 7,
  holds: 2,
  ttlMs: 1_000,
  expiresAtMs: 1_700_000_000_000,
};
const obstacle = { sessionId: null, owner: 'one', mode: 'exclusive', token: 3, holds: 1 };
const edge = { owner: 'one', waitsFor: 'two', lock: 'a' };
const granted = { status: 'granted', locks: [grant] };
const notHolder = { status: 'not-holder', name: 'a', token: 7 };

describe('answers of the lock machine', () => {
  it.each([
    [readAcquireResult, granted],
    [
      readAcquireResult,
      { status: 'held', name: 'a', holders: [obstacle], queueLength: 4, delayed: false },
    ],
    [readAcquireResult, { status: 'queued', waiterId: 5, upgrade: true }],
    [readAcquireResult, { status: 'deadlock', cycle: [edge] }],
    [readAcquireResult, { status: 'session-not-found' }],
    [readAcquireResult, { status: 'not-holder' }],
    [readAcquireResult, { status: 'key-reused' }],
    [readAcquireResult, { status: 'full', what: 'queue' }],
    [readReleaseResult, { status: 'released', locks: [{ name: 'a', holds: 0 }] }],
    [readReleaseResult, notHolder],
    [readRenewResult, { status: 'renewed', locks: [grant] }],
    [readRenewResult, notHolder],
    [readCancelResult, { status: 'cancelled' }],
    [readCancelResult, granted],
    [readCancelResult, { status: 'released' }],
    [readCancelResult, { status: 'gone' }],
    [readBreakResult, { status: 'free' }],
    [readCreateSessionResult, { status: 'created', ttlMs: 1_000, expiresAtMs: 5 }],
    [readCreateSessionResult, { status: 'exists' }],
    [readEndSessionResult, { status: 'ended' }],
    [readLeaseRenewal, { status: 'renewed', locks: [grant] }],
    [readLeaseRenewal, notHolder],
    [readLeaseRenewal, { status: 'expiring' }],
    [readLeaseRenewal, { status: 'ttl-differs' }],
    [readKeepAlive, { status: 'alive', ttlMs: 1_000, expiresAtMs: 5 }],
    [readKeepAlive, { status: 'session-not-found' }],
    [
      readClaims,
      {
        status: 'claims',
        claims: [
          { waiterId: 1, outcome: 'granted', locks: [grant] },
          { waiterId: 2, outcome: 'waiting' },
          { waiterId: 3, outcome: 'gone' },
        ],
      },
    ],
  ])('%p reads %j', (read, answer) => {
    expect(read(answer)).toEqual(answer);
  });

  it.each([
    [readAcquireResult, null, 'result must be an object'],
    [readAcquireResult, { status: 'maybe' }, 'status must be granted or held or queued'],
    [
      readAcquireResult,
      { status: 'malformed', message: 'kind must be x' },
      'a request to the lock machine must be other: kind must be x',
    ],
    [readAcquireResult, { ...granted, locks: [{ ...grant, token: 0 }] }, 'token must be'],
    [
      readAcquireResult,
      { ...granted, locks: Array.from({ length: 65 }, () => grant) },
      'locks must be an array of at most 64 items',
    ],
    [readReleaseResult, { status: 'not-holder' }, 'name must be'],
    [readClaims, { status: 'claims', claims: [{ waiterId: 1 }] }, 'outcome must be'],
  ])('%p refuses %j', (read, answer, message) => {
    expect(() => read(answer)).toThrow(message);
  });
});
