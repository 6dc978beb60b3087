import {
  readAcquireResult,
  readCreateSessionResult,
  readKeepAlive,
  readLockView,
  readReleaseResult,
  readRenewResult,
} from '@sinkron/locking';
import type { LockInput, LockOutput } from '../../linearizability/lock-history.js';
import { statusOf } from '../workload/lock-protocol.js';
import type { Order } from '../workload/operation.js';

/** What a client asks for, as a history has it. */
export function inputOf(owner: string, order: Order): LockInput {
  switch (order.kind) {
    case 'acquire': {
      const { kind, sessionId, locks, ttlMs, waitMs, lockDelayMs } = order;
      return { kind, owner, sessionId, locks, ttlMs, waitMs, lockDelayMs };
    }
    case 'release':
    case 'renew': {
      const locks = order.locks.map(({ name, token }) => ({ name, token }));
      if (order.kind === 'release') return { kind: 'release', owner, locks };
      return { kind: 'renew', owner, locks, ttlMs: order.ttlMs };
    }
    case 'create-session': {
      const { kind, ttlMs, lockDelayMs } = order;
      return { kind, ttlMs, lockDelayMs };
    }
    case 'get':
    case 'break':
    case 'keep-alive':
    case 'end-session':
      return order;
  }
}

/** What a client was told, as a history has it. */
export function outputOf(order: Order, result: unknown): LockOutput {
  switch (order.kind) {
    case 'acquire':
      return acquired(result);
    case 'release': {
      const released = readReleaseResult(result);
      return released.status === 'released' ? released : notHolder(released);
    }
    case 'renew': {
      const renewed = readRenewResult(result);
      return renewed.status === 'renewed' ? renewed : notHolder(renewed);
    }
    case 'get': {
      const view = readLockView(result);
      if (view === null) return { status: 'free' };
      const { mode, holders, holderCount } = view;
      return { status: 'seen', mode, holders: holders.length < holderCount ? null : holders };
    }
    case 'break':
      return { status: statusOf(result) === 'broken' ? 'broken' : 'free' };
    case 'create-session': {
      const { status } = readCreateSessionResult(result);
      return status === 'created' ? { status, sessionId: order.sessionId } : { status: 'not-done' };
    }
    case 'keep-alive': {
      const { status } = readKeepAlive(result);
      return status === 'expiring' ? { status: 'not-done' } : { status };
    }
    case 'end-session':
      return { status: statusOf(result) === 'ended' ? 'ended' : 'session-not-found' };
  }
}

/** Whether an Idempotency-Key repeats the answer: then every other try has the same one. */
export function isRemembered({ status }: LockOutput): boolean {
  return status !== 'held' && status !== 'refused' && status !== 'not-done';
}

function acquired(result: unknown): LockOutput {
  const status = statusOf(result);
  // What its node makes of a wait that ended, and no result of the cluster.
  if (status === 'wait-timeout') return { status: 'refused', reason: status };
  const read = readAcquireResult(result);
  switch (read.status) {
    case 'granted':
      return read;
    case 'held':
      return { status: 'held', name: read.name, holders: read.holders };
    case 'session-not-found':
      return { status: 'session-not-found' };
    case 'queued':
    case 'deadlock':
    case 'not-holder':
    case 'key-reused':
    case 'full':
      return { status: 'refused', reason: read.status };
  }
}

function notHolder({ name }: { readonly name: string }): LockOutput {
  return { status: 'not-holder', name };
}
