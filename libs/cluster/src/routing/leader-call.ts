import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { ProblemError } from '@sinkron/http';
import { PeerTransport, TransportError } from '@sinkron/transport';
import { ATTEMPT_TIMEOUT_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from '../limits.js';
import { LeaderWatch } from './leader-watch.js';
import type { Refusal } from './replies.js';

export interface Lost {
  readonly kind: 'lost';
}

export interface LeaderRequest<Answer> {
  readonly group: string;
  readonly method: string;
  readonly body: unknown;
  /** When the caller stops waiting, ms as `performance.now()` counts them. */
  readonly deadlineMs: number;
  /** Does it here, when this node leads. */
  local(): Promise<Answer | Refusal | Lost>;
  /** Reads a peer's reply. @throws MalformedError */
  read(reply: unknown): Answer | Refusal | Lost;
  /** Whether a repetition may do harm when an earlier try is out of sight. */
  readonly mutates: boolean;
}

/** An answer, and whether an earlier try of the same request may have been done as well. */
export interface LeaderReply<Answer> {
  readonly reply: Answer;
  readonly repeated: boolean;
}

type Attempt<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The leader was never asked. */
  | { readonly kind: 'notSent' }
  /** Asked, and lost, silent or overtaken: it may have been done, or be done yet. */
  | { readonly kind: 'outOfSight' };

/**
 * Asks whoever leads a group, through changes of leader, until the caller's deadline.
 *
 * The end of the deadline is told apart: when no try can have been appended anywhere the answer is
 * 503 (nothing happened), else 504 (unknown).
 */
@Injectable()
export class LeaderCall {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly transport: PeerTransport,
    private readonly leaders: LeaderWatch,
  ) {}

  async call<Answer extends { readonly kind: string }>(
    request: LeaderRequest<Answer>,
  ): Promise<LeaderReply<Answer>> {
    const { group, deadlineMs } = request;
    if (this.leaders.isAbsent(group)) {
      throw new ProblemError('ROLE_ABSENT', `no member of the cluster has the role for ${group}`);
    }
    let pauseMs = RETRY_PAUSE_MS_MIN;
    let outOfSight = false;
    let reason: Refusal['reason'] = 'notLeader';
    while (remainingMs(deadlineMs) > 0) {
      const leader = this.leaders.leader(group);
      if (leader !== null) {
        const attempt = await this.attempt(leader, request);
        if (attempt.kind === 'answer') return { reply: attempt.answer, repeated: outOfSight };
        if (attempt.kind === 'outOfSight') outOfSight = true;
        if (attempt.kind === 'refused') {
          ({ reason } = attempt.refusal);
          if (isFinal(reason) && !(outOfSight && request.mutates)) break;
        }
        this.learn(request, leader, attempt);
        if (this.leaders.leader(group) !== leader) pauseMs = RETRY_PAUSE_MS_MIN;
      }
      await this.pause(group, Math.min(pauseMs, remainingMs(deadlineMs)));
      pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
    }
    throw outOfSight && request.mutates ? unknownOutcome() : notDone(group, reason);
  }

  private async attempt<Answer extends { readonly kind: string }>(
    leader: string,
    request: LeaderRequest<Answer>,
  ): Promise<Attempt<Answer>> {
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, remainingMs(request.deadlineMs));
    if (timeoutMs <= 0) return { kind: 'notSent' };
    const asked =
      leader === this.configuration.nodeId
        ? request.local()
        : this.remote(leader, request, timeoutMs);
    return this.unlessOvertaken(request.group, leader, asked, timeoutMs);
  }

  private async remote<Answer>(
    leader: string,
    request: LeaderRequest<Answer>,
    timeoutMs: number,
  ): Promise<Answer | Refusal | Lost | 'notSent'> {
    try {
      const { method, body } = request;
      return request.read(
        await this.transport.request(nodeId(leader), method, body, { timeoutMs }),
      );
    } catch (error) {
      if (error instanceof TransportError && error.code === 'NOT_SENT') return 'notSent';
      throw error;
    }
  }

  /** Waits for the answer, but no longer than until another leader is heard of. */
  private unlessOvertaken<Answer extends { readonly kind: string }>(
    group: string,
    leader: string,
    asked: Promise<Answer | Refusal | Lost | 'notSent'>,
    timeoutMs: number,
  ): Promise<Attempt<Answer>> {
    return new Promise((resolve) => {
      const giveUp = (): void => settle({ kind: 'outOfSight' });
      const timer = setTimeout(giveUp, timeoutMs);
      const stopWaiting = this.leaders.onNews(group, () => {
        const known = this.leaders.leader(group);
        if (known !== null && known !== leader) giveUp();
      });
      const settle = (attempt: Attempt<Answer>): void => {
        clearTimeout(timer);
        stopWaiting();
        resolve(attempt);
      };
      asked.then(
        (reply) => settle(attemptOf(reply)),
        // Sent, and no answer that can be read: it may have been done.
        giveUp,
      );
    });
  }

  /** What an attempt that brought no answer says of who leads. */
  private learn(
    { group, deadlineMs }: { readonly group: string; readonly deadlineMs: number },
    asked: string,
    attempt: Exclude<Attempt<never>, { kind: 'answer' }>,
  ): void {
    if (attempt.kind === 'refused') {
      const { leader, term, reason } = attempt.refusal;
      if (reason === 'noQuorum') return;
      if (leader === null || leader === asked) this.leaders.failed(group, asked);
      else this.leaders.heard(group, { term, nodeId: leader });
    } else if (remainingMs(deadlineMs) > RETRY_PAUSE_MS_MIN) {
      // What a caller in a hurry does not hear in time proves nothing about the leader.
      this.leaders.failed(group, asked);
    }
  }

  private pause(group: string, pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (pauseMs <= 0) return resolve();
      const timer = setTimeout(finish, pauseMs);
      const stopWaiting = this.leaders.onNews(group, finish);
      function finish(): void {
        clearTimeout(timer);
        stopWaiting();
        resolve();
      }
    });
  }
}

/** What is left until a deadline on the monotonic clock, ms. */
export function remainingMs(deadlineMs: number): number {
  return deadlineMs - performance.now();
}

function isRefusal(reply: { readonly kind: string }): reply is Refusal {
  return reply.kind === 'refused';
}

/** Asking again would only add to the trouble. */
function isFinal(reason: Refusal['reason']): boolean {
  return reason === 'overloaded' || reason === 'storageFull';
}

function isLost(reply: { readonly kind: string }): reply is Lost {
  return reply.kind === 'lost';
}

function attemptOf<Answer extends { readonly kind: string }>(
  reply: Answer | Refusal | Lost | 'notSent',
): Attempt<Answer> {
  if (reply === 'notSent') return { kind: 'notSent' };
  if (isRefusal(reply)) return { kind: 'refused', refusal: reply };
  if (isLost(reply)) return { kind: 'outOfSight' };
  return { kind: 'answer', answer: reply };
}

function unknownOutcome(): ProblemError {
  return new ProblemError(
    'OUTCOME_UNKNOWN',
    'the leader fell silent before it answered; repeat the request with the same Idempotency-Key',
  );
}

function notDone(group: string, reason: Refusal['reason']): ProblemError {
  switch (reason) {
    case 'overloaded':
      return new ProblemError('OVERLOADED', `the leader of ${group} has too many commands waiting`);
    case 'storageFull':
      return new ProblemError('STORAGE_FULL', 'the data folder of the leader is 90 % full');
    case 'noQuorum':
      return new ProblemError('NO_QUORUM', `the leader of ${group} hears no majority`);
    case 'notLeader':
    case 'noReplica':
      return new ProblemError('NO_LEADER', `no leader of ${group} was found in time`);
  }
}
