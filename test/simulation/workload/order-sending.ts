import type { LockCommand } from '@sinkron/locking';
import type { NodeProcess } from '../node/node-process.js';
import type { AcquireEnd } from '../requests/acquirer.js';
import type { ClientLine } from '../requests/client-line.js';
import type { Answer } from '../requests/gateway.js';
import { LOCK_MACHINE, type NumberedCommand } from './lock-protocol.js';
import type { Operation } from './operation.js';

/** How one try of an operation ended for its client. */
export type Answered =
  | {
      readonly kind: 'answered';
      readonly result: unknown;
      /** Whether it went through the log, and not to the leader's memory or state alone. */
      readonly applied: boolean;
      /** The replica's applied index, for a read. */
      readonly appliedIndex: number;
      /** The leases began at this time at the earliest; null when that is not known. */
      readonly leaseFromUs: number | null;
    }
  /** It may have happened, or happen later. */
  | { readonly kind: 'unknown' }
  /** It did not happen and never will. */
  | { readonly kind: 'notDone' };

/** How a try is made. */
export interface Try {
  readonly owner: string;
  /** Virtual microseconds. */
  readonly until: number;
  readonly line: ClientLine;
}

/** Asks a node for what the client wants, as its REST calls would. */
export function sendOrder(
  process: NodeProcess,
  operation: Operation,
  { owner, until: deadlineUs, line }: Try,
  done: (answer: Answered) => void,
): void {
  const { id, order, keyed } = operation;
  const { gateway, leases, acquirer } = process;
  const idempotency = keyed ? { scope: `key ${id}`, fingerprint: `body of ${id}` } : null;
  const command = (body: LockCommand): void => {
    const numbered: NumberedCommand = { ...body, operation: id };
    const sent = { machine: LOCK_MACHINE, body: numbered, idempotency, deadlineUs };
    if (body.kind === 'renew') leases.renew(sent, (answer) => done(plain(answer)));
    else gateway.execute(sent, (answer) => done(plain(answer)));
  };
  switch (order.kind) {
    case 'acquire': {
      const { sessionId, locks, ttlMs, lockDelayMs, waitMs } = order;
      const wanted = { sessionId, owner, locks, ttlMs, lockDelayMs, metadata: null, operation: id };
      const sent = { wanted, waitMs, idempotency, deadlineUs };
      return acquirer.acquire(sent, line, (end) => done(acquired(end)));
    }
    case 'release': {
      const locks = order.locks.map(({ name, token }) => ({ name, token }));
      return command({ kind: 'release', owner, locks });
    }
    case 'renew': {
      const locks = order.locks.map(({ name, token }) => ({ name, token }));
      return command({ kind: 'renew', owner, locks, ttlMs: order.ttlMs });
    }
    case 'get': {
      const query = { kind: 'get', name: order.name };
      return gateway.query(LOCK_MACHINE, query, deadlineUs, (answer) => done(plain(answer)));
    }
    case 'break':
      return command({ kind: 'break', name: order.name });
    case 'create-session': {
      const { sessionId, ttlMs, lockDelayMs } = order;
      return command({ kind: 'create-session', sessionId, ttlMs, lockDelayMs, name: null });
    }
    case 'keep-alive': {
      const body = { kind: 'keepalive', sessionId: order.sessionId };
      const request = { machine: LOCK_MACHINE, body, deadlineUs };
      return leases.keepAlive(request, (answer) => done(plain(answer)));
    }
    case 'end-session':
      return command({ kind: 'end-session', sessionId: order.sessionId });
  }
}

function plain(answer: Answer): Answered {
  switch (answer.kind) {
    case 'applied':
      return answered(answer.result, true, 0, null);
    case 'read':
      return answered(answer.result, false, answer.appliedIndex, null);
    case 'unknown':
    case 'notDone':
      return { kind: answer.kind };
  }
}

function acquired(end: AcquireEnd): Answered {
  if (end.kind !== 'answered') return { kind: end.kind };
  return answered(end.result, true, 0, end.leaseFromUs);
}

function answered(
  result: unknown,
  applied: boolean,
  appliedIndex: number,
  leaseFromUs: number | null,
): Answered {
  return { kind: 'answered', result, applied, appliedIndex, leaseFromUs };
}
