import { readAcquireResult, type AcquireResult, type Grant } from '@sinkron/locking';
import type { IdempotencyScope } from '@sinkron/consensus';
import { LOCK_MACHINE } from '../workload/lock-protocol.js';
import type { ClientLine } from './client-line.js';
import type { Gateway } from './gateway.js';
import type { WaitingCalls, WaitingPort } from './waiting-calls.js';

/** As in production: how often an acquire is sent anew because its waiter was gone. */
const ACQUIRES_PER_REQUEST_MAX = 100;

/** How long one try to give an undelivered grant back may take, and the pause between two. */
const RELEASE_TIMEOUT_US = 5_000_000;
const RELEASE_RETRY_US = 500_000;

/** Locks that a client asks for, all or none. */
export interface AcquireOrder {
  /** The command without `kind` and `wait`. */
  readonly wanted: Readonly<Record<string, unknown>> & { readonly owner: string };
  readonly waitMs: number;
  readonly idempotency: IdempotencyScope | null;
  /** The caller's own deadline, virtual microseconds; the wait comes on top. */
  readonly deadlineUs: number;
}

export type AcquireEnd =
  | {
      readonly kind: 'answered';
      readonly result:
        | Exclude<AcquireResult, { readonly status: 'queued' }>
        | { readonly status: 'wait-timeout' }
        /** The answer that nobody reads: the client left while it waited. */
        | { readonly status: 'left' };
      readonly replayed: boolean;
      readonly waited: boolean;
      /** The leases began at this time at the earliest; null when that is not known. */
      readonly leaseFromUs: number | null;
    }
  | { readonly kind: 'unknown' | 'notDone' };

/** What one acquire needs until it ends. */
interface Attempt {
  readonly order: AcquireOrder;
  readonly line: ClientLine;
  readonly untilMs: number;
  readonly answerByMs: number;
  readonly answerByUs: number;
  waited: boolean;
  readonly done: (end: AcquireEnd) => void;
}

/**
 * Takes locks for clients of a node: the production Acquirer (and its UndeliveredGrants) without
 * their promises.
 */
export class Acquirer {
  private undelivered = 0;

  constructor(
    private readonly waiting: WaitingCalls,
    private readonly port: WaitingPort,
    /** Tells the idempotency keys of releases apart, over all processes. */
    private readonly unique: string,
  ) {
    waiting.onGiveBack((owner, locks) => this.giveBackUntold(owner, locks));
  }

  acquire(order: AcquireOrder, line: ClientLine, done: (end: AcquireEnd) => void): void {
    const { port } = this;
    const nowMs = port.nowMs();
    const deadlineMs = nowMs + (order.deadlineUs - port.nowUs()) / 1000;
    const attempt: Attempt = {
      order,
      line,
      untilMs: nowMs + order.waitMs,
      answerByMs: deadlineMs + order.waitMs,
      answerByUs: order.deadlineUs + order.waitMs * 1000,
      waited: false,
      done: (end) => {
        done(end);
        if (end.kind === 'answered' && end.result.status === 'granted') {
          this.releaseUnlessTold(attempt, end.result.locks);
        }
      },
    };
    this.send(attempt, 0);
  }

  private send(attempt: Attempt, tries: number): void {
    const { order, untilMs, answerByUs, done } = attempt;
    const { wanted, waitMs, idempotency, deadlineUs } = order;
    if (tries === ACQUIRES_PER_REQUEST_MAX) return done({ kind: 'notDone' });
    const wait = waitMs > 0 && (tries === 0 || this.port.nowMs() < untilMs);
    const command = {
      machine: LOCK_MACHINE,
      body: { kind: 'acquire', ...wanted, wait },
      idempotency,
      deadlineUs: tries === 0 ? deadlineUs : answerByUs,
    };
    this.gateway.execute(command, (answer) => {
      if (answer.kind === 'unknown' || answer.kind === 'notDone')
        return done({ kind: answer.kind });
      if (answer.kind === 'read') return done({ kind: 'unknown' });
      this.waiting.opened(answer.proposer);
      const result = readAcquireResult(answer.result);
      if (result.status === 'queued') return this.wait(attempt, tries, result, answer.proposer);
      const { waited } = attempt;
      const timeout = result.status === 'held' && waitMs > 0;
      const { replayed } = answer;
      const told = timeout ? ({ status: 'wait-timeout' } as const) : result;
      done({ kind: 'answered', result: told, replayed, waited, leaseFromUs: null });
    });
  }

  private wait(
    attempt: Attempt,
    tries: number,
    { waiterId, upgrade }: Extract<AcquireResult, { readonly status: 'queued' }>,
    proposer: string,
  ): void {
    const { order, line, untilMs, answerByMs, done } = attempt;
    const keyed = order.idempotency !== null;
    attempt.waited = true;
    const { owner } = order.wanted;
    const queued = { waiterId, owner, proposer, upgrade, keyed, untilMs, answerByMs };
    this.waiting.wait(queued, line, (end, leaseFromUs) => {
      const answered = { kind: 'answered', replayed: false, waited: true, leaseFromUs } as const;
      switch (end.kind) {
        case 'gone':
          return this.send(attempt, tries + 1);
        case 'granted':
          return done({ ...answered, result: { status: 'granted', locks: end.locks } });
        case 'wait-timeout':
        case 'not-holder':
        case 'left':
          return done({ ...answered, result: { status: end.kind } });
        case 'shutting-down':
          return done({ kind: 'notDone' });
        case 'unknown':
          return done({ kind: 'unknown' });
      }
    });
  }

  /** A client with an Idempotency-Key may fetch its grant; every other one will never know. */
  private releaseUnlessTold({ order, line }: Attempt, locks: readonly Grant[]): void {
    if (order.idempotency !== null || !line.gone) return;
    this.giveBackUntold(order.wanted.owner, locks);
  }

  private giveBackUntold(owner: string, locks: readonly Grant[]): void {
    this.undelivered += 1;
    const name = `undelivered ${this.unique} ${this.undelivered}`;
    const body = {
      kind: 'release',
      owner,
      locks: locks.map(({ name, token }) => ({ name, token })),
    };
    this.giveBack(body, { scope: name, fingerprint: 'undelivered' });
  }

  private giveBack(body: unknown, idempotency: IdempotencyScope): void {
    const { port } = this;
    const deadlineUs = port.nowUs() + RELEASE_TIMEOUT_US;
    this.gateway.execute({ machine: LOCK_MACHINE, body, idempotency, deadlineUs }, (answer) => {
      if (answer.kind === 'applied') return;
      port.after(RELEASE_RETRY_US, () => this.giveBack(body, idempotency));
    });
  }

  private get gateway(): Gateway {
    return this.port.gateway;
  }
}
