import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { ProblemError } from '@sinkron/http';
import { PeerTransport, TransportError } from '@sinkron/transport';
import { ATTEMPT_TIMEOUT_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from '../limits.js';
import { LeaderWatch } from './leader-watch.js';
import type { Refusal } from './replies.js';

export interface LeaderRequest<Reply> {
  readonly group: string;
  readonly method: string;
  readonly body: unknown;
  /** When the caller stops waiting, ms as `performance.now()` counts them. */
  readonly deadlineMs: number;
  /** Does it here, when this node leads. */
  local(): Promise<Reply>;
  /** Reads a peer's reply. @throws MalformedError */
  read(reply: unknown): Reply;
  /** Whether a repetition may do harm when an earlier try is out of sight. */
  readonly mutates: boolean;
}

/** A reply, and whether an earlier try of the same request may have been done as well. */
export interface LeaderReply<Reply> {
  readonly reply: Reply;
  readonly repeated: boolean;
}

type Attempt<Reply> =
  | { readonly kind: 'reply'; readonly reply: Reply | Refusal | { readonly kind: 'lost' } }
  | { readonly kind: 'notSent' }
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

  async call<Reply extends { readonly kind: string }>(
    request: LeaderRequest<Reply | Refusal | { readonly kind: 'lost' }>,
  ): Promise<LeaderReply<Exclude<Reply, Refusal | { readonly kind: 'lost' }>>> {
    const { group, deadlineMs } = request;
    let pauseMs = RETRY_PAUSE_MS_MIN;
    let outOfSight = false;
    let refusal: Refusal['reason'] = 'notLeader';
    if (this.leaders.isAbsent(group)) {
      throw new ProblemError('ROLE_ABSENT', `no member of the cluster has the role for ${group}`);
    }
    while (remainingMs(deadlineMs) > 0) {
      const leader = this.leaders.leader(group);
      if (leader !== null) {
        const attempt = await this.attempt(leader, request);
        if (attempt.kind === 'outOfSight') outOfSight = true;
        if (attempt.kind === 'reply') {
          const { reply } = attempt;
          if (isRefusal(reply)) {
            refusal = reply.reason;
            if (isFinal(refusal) && !(outOfSight && request.mutates)) break;
            this.learn(group, leader, reply);
          } else if (isLost(reply)) {
            outOfSight = true;
            this.leaders.failed(group, leader);
          } else {
            return {
              reply: reply as Exclude<Reply, Refusal | { readonly kind: 'lost' }>,
              repeated: outOfSight,
            };
          }
        } else if (remainingMs(deadlineMs) > RETRY_PAUSE_MS_MIN) {
          // What a caller in a hurry does not hear in time proves nothing about the leader.
          this.leaders.failed(group, leader);
        }
        if (this.leaders.leader(group) !== leader) pauseMs = RETRY_PAUSE_MS_MIN;
      }
      await this.pause(group, Math.min(pauseMs, remainingMs(deadlineMs)));
      pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
    }
    throw outOfSight && request.mutates ? unknownOutcome() : notDone(group, refusal);
  }

  private async attempt<Reply>(
    leader: string,
    request: LeaderRequest<Reply>,
  ): Promise<Attempt<Reply>> {
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, remainingMs(request.deadlineMs));
    if (timeoutMs <= 0) return { kind: 'notSent' };
    const asked =
      leader === this.configuration.nodeId
        ? request.local()
        : this.remote(leader, request, timeoutMs);
    return this.unlessOvertaken(request.group, leader, asked, timeoutMs);
  }

  private async remote<Reply>(
    leader: string,
    request: LeaderRequest<Reply>,
    timeoutMs: number,
  ): Promise<Reply | 'notSent'> {
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
  private unlessOvertaken<Reply>(
    group: string,
    leader: string,
    asked: Promise<Reply | 'notSent'>,
    timeoutMs: number,
  ): Promise<Attempt<Reply>> {
    return new Promise((resolve) => {
      const giveUp = (): void => settle({ kind: 'outOfSight' });
      const timer = setTimeout(giveUp, timeoutMs);
      const stopWaiting = this.leaders.onNews(group, () => {
        const known = this.leaders.leader(group);
        if (known !== null && known !== leader) giveUp();
      });
      const settle = (attempt: Attempt<Reply>): void => {
        clearTimeout(timer);
        stopWaiting();
        resolve(attempt);
      };
      asked.then(
        (reply) => settle(reply === 'notSent' ? { kind: 'notSent' } : { kind: 'reply', reply }),
        // Sent, and no answer that can be read: it may have been done.
        () => settle({ kind: 'outOfSight' }),
      );
    });
  }

  private learn(group: string, asked: string, refusal: Refusal): void {
    const { leader, term, reason } = refusal;
    if (reason === 'noQuorum') return;
    if (leader === null || leader === asked) this.leaders.failed(group, asked);
    else this.leaders.heard(group, { term, nodeId: leader });
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

function isLost(reply: { readonly kind: string }): reply is { readonly kind: 'lost' } {
  return reply.kind === 'lost';
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
