import { Logger } from '@nestjs/common';
import { MalformedValue } from '@sinkron/fields';
import { unreachable } from '@sinkron/invariant';
import type { CancelCommand } from '../core/commands/lock-command.js';
import type { Claim, ClaimRequest } from '../core/commands/lock-request.js';
import { readNotice } from '../core/commands/reading/read-request.js';
import { readCancelResult, readClaims } from '../core/commands/reading/read-result.js';
import { CANCEL_TIMEOUT_MS, CLAIM_TIMEOUT_MS, WAITING_REQUESTS_MAX } from './core/limits.js';
import type { QueuedCall, WaitEnd } from './core/queued-call.js';
import type { CancelOutcome, RoomOutput } from './core/room-output.js';
import { WaitingRoom } from './core/waiting-room.js';
import { WARNING_INTERVAL_MS } from './limits.js';
import { LOCKS, type WaitingRouter } from './lock-target.js';
import type { UndeliveredGrants } from './undelivered-grants.js';
import {
  isFailedAttempt,
  mayHaveHappened,
  tooManyWaiting,
  waitEndedByStop,
} from './waiting-problems.js';

/**
 * The requests that wait for locks at this node: binds the {@link WaitingRoom} to the clock, one
 * timer, the cluster and the clients.
 */
export class WaitingRequests {
  private readonly logger = new Logger(WaitingRequests.name);
  private readonly room = new WaitingRoom();
  private readonly callers = new Map<number, (end: WaitEnd) => void>();
  private readonly unsubscribe: (() => void)[] = [];
  /** Acquires with a wait between their first command and their answer. */
  private requests = 0;
  private lastCallId = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerDueMs = 0;
  private turnEnds = false;
  private closing = false;
  private emptied: (() => void) | undefined;
  private warnedMs = -Infinity;

  constructor(
    private readonly router: WaitingRouter,
    private readonly undelivered: Pick<UndeliveredGrants, 'giveBack'>,
  ) {}

  /** Listens to the cluster from now on. */
  start(): void {
    this.router.onNotices(LOCKS, (proposer, body) => this.noticed(proposer, body));
    const leaderNews = this.router.onLeaderNews(LOCKS.group, () => {
      this.room.leaderChanged();
      this.flushAtEndOfTurn();
    });
    this.unsubscribe.push(leaderNews);
  }

  /**
   * Takes a place for a request that may wait. @returns how to give it back.
   *
   * @throws ProblemError OVERLOADED, SHUTTING_DOWN: nothing has happened.
   */
  enter(): () => void {
    if (this.closing) throw waitEndedByStop();
    if (this.requests + this.room.undecided >= WAITING_REQUESTS_MAX) throw tooManyWaiting();
    this.requests += 1;
    return () => {
      this.requests -= 1;
    };
  }

  /** A command was answered under this proposer. */
  opened(proposer: string): void {
    this.room.opened(proposer);
  }

  /**
   * Waits for the end of a queued request; `left` when its client has gone, which nobody can be
   * told.
   */
  wait(
    queued: Omit<QueuedCall, 'callId'>,
    gone: AbortSignal,
  ): Promise<WaitEnd | { readonly kind: 'left' }> {
    this.lastCallId += 1;
    const callId = this.lastCallId;
    return new Promise((resolve) => {
      const leave = (): void => {
        this.callers.delete(callId);
        this.room.leave(callId);
        this.flush();
        resolve({ kind: 'left' });
      };
      this.callers.set(callId, (end) => {
        gone.removeEventListener('abort', leave);
        resolve(end);
      });
      this.room.attend({ ...queued, callId }, performance.now());
      if (gone.aborted) leave();
      else gone.addEventListener('abort', leave, { once: true });
      this.flushAtEndOfTurn();
    });
  }

  /** Cancels every wait, also those that come yet. */
  close(): void {
    this.closing = true;
    this.room.close(performance.now());
    this.flush();
  }

  /** Resolves when nobody waits any more; bounded, for after `close` every wait is. */
  async closed(): Promise<void> {
    if (this.room.size > 0) {
      await new Promise<void>((resolve) => {
        this.emptied = resolve;
      });
    }
  }

  /** Hears nothing any more. */
  stop(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    clearTimeout(this.timer);
  }

  private noticed(proposer: string, body: unknown): void {
    try {
      this.room.notice(proposer, readNotice(body).waiterIds, performance.now());
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      this.logger.warn('dropped a malformed notice', { reason: error.message });
    }
    this.flushAtEndOfTurn();
  }

  /** So that all that was heard in one turn of the event loop shares its requests to the leader. */
  private flushAtEndOfTurn(): void {
    if (this.turnEnds) return;
    this.turnEnds = true;
    setImmediate(() => {
      this.turnEnds = false;
      this.flush();
    });
  }

  private flush(): void {
    for (const output of this.room.takeOutputs()) this.do(output);
    this.arm();
    if (this.room.size === 0) this.emptied?.();
  }

  private do(output: RoomOutput): void {
    switch (output.kind) {
      case 'claim':
        void this.claim(output.claims);
        break;
      case 'cancel':
        void this.cancel(output.waiterId, output.release);
        break;
      case 'give-back':
        this.undelivered.giveBack(output.owner, output.locks);
        break;
      case 'answer': {
        const tell = this.callers.get(output.callId);
        this.callers.delete(output.callId);
        tell?.(output.end);
        break;
      }
      default:
        unreachable(output);
    }
  }

  private async claim(claims: ClaimRequest['claims']): Promise<void> {
    const request: ClaimRequest = { kind: 'claim', claims };
    const deadlineMs = performance.now() + CLAIM_TIMEOUT_MS;
    let answers: readonly Claim[] | null = null;
    try {
      answers = readClaims(await this.router.leaderRequest(LOCKS, request, { deadlineMs })).claims;
    } catch (error) {
      if (!isFailedAttempt(error)) throw error;
    }
    const asked = claims.map(({ waiterId }) => waiterId);
    this.room.claimed(asked, answers, performance.now());
    this.flush();
  }

  private async cancel(waiterId: number, release: boolean): Promise<void> {
    const command: CancelCommand = { kind: 'cancel', waiterId, release };
    const deadlineMs = performance.now() + CANCEL_TIMEOUT_MS;
    let outcome: CancelOutcome;
    try {
      const { result, proposer } = await this.router.execute(LOCKS, command, { deadlineMs });
      const cancelled = readCancelResult(result);
      outcome = cancelled.status === 'gone' ? { status: 'gone', proposer } : cancelled;
    } catch (error) {
      if (!isFailedAttempt(error)) throw error;
      outcome = { status: 'failed', mayHaveHappened: mayHaveHappened(error) };
      this.warn(waiterId, error);
    }
    this.room.cancelled(waiterId, outcome, performance.now());
    this.flush();
  }

  private warn(waiterId: number, { message: reason }: Error): void {
    const nowMs = performance.now();
    if (nowMs < this.warnedMs + WARNING_INTERVAL_MS) return;
    this.warnedMs = nowMs;
    const { size: waiting, undecided } = this.room;
    this.logger.warn('a wait could not be cancelled, it is tried again', {
      waiterId,
      reason,
      waiting,
      undecided,
    });
  }

  /** One timer for all that waits. */
  private arm(): void {
    const dueMs = this.room.nextDueMs();
    if (dueMs === undefined || (this.timer !== undefined && this.timerDueMs <= dueMs)) return;
    clearTimeout(this.timer);
    this.timerDueMs = dueMs;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.room.advance(performance.now());
        this.flush();
      },
      Math.max(0, Math.ceil(dueMs - performance.now())),
    );
    this.timer.unref();
  }
}
