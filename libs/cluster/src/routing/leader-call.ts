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
  /** The same as long as no try may have been done: no try is begun later. */
  readonly giveUpByMs?: number | undefined;
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

const OUT_OF_SIGHT = { kind: 'outOfSight' } as const;

/** Where a call finds the leader: what all calls of the node share. */
interface Surroundings {
  readonly self: string;
  readonly transport: PeerTransport;
  readonly leaders: LeaderWatch;
}

/** Asks whoever leads a group, through changes of leader, until the caller's deadline. */
@Injectable()
export class LeaderCall {
  private readonly around: Surroundings;

  constructor(
    @Inject(CONFIGURATION) configuration: SinkronConfiguration,
    transport: PeerTransport,
    leaders: LeaderWatch,
  ) {
    this.around = { self: configuration.nodeId, transport, leaders };
  }

  /**
   * The end of the deadline is told apart: when no try can have been appended anywhere the answer
   * is 503 (nothing happened), else 504 (unknown).
   *
   * @throws ProblemError (as a rejection)
   */
  call<Answer extends { readonly kind: string }>(
    request: LeaderRequest<Answer>,
  ): Promise<LeaderReply<Answer>> {
    return new Promise((resolve, reject) => {
      new CallUnderWay(this.around, request, resolve, reject).start();
    });
  }
}

/**
 * One call, from try to try. It has at most one timer at a time, none while a peer is asked: the
 * transport has one for that.
 */
class CallUnderWay<Answer extends { readonly kind: string }> {
  /** The leader that is asked now; null during a pause, and when the call has ended. */
  private asked: string | null = null;
  private tries = 0;
  private pausing = false;
  private pauseMs = RETRY_PAUSE_MS_MIN;
  private outOfSight = false;
  private reason: Refusal['reason'] = 'notLeader';
  private timer: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => {};

  constructor(
    private readonly around: Surroundings,
    private readonly request: LeaderRequest<Answer>,
    private readonly resolve: (reply: LeaderReply<Answer>) => void,
    private readonly reject: (error: ProblemError) => void,
  ) {}

  start(): void {
    const { leaders } = this.around;
    const { group } = this.request;
    const absentRole = leaders.absentRole(group);
    if (absentRole !== undefined) {
      const message = `no member of the cluster has the role ${absentRole}, for ${group}`;
      this.reject(new ProblemError('ROLE_ABSENT', message));
      return;
    }
    if (leaders.refusal !== null) {
      this.reject(new ProblemError('NO_LEADER', leaders.refusal));
      return;
    }
    this.stopListening = leaders.onNews(group, () => this.news());
    this.tryNow();
  }

  private tryNow(): void {
    const { group, deadlineMs } = this.request;
    const leftMs = this.leftMs();
    if (leftMs <= 0) return this.fail();
    const leader = this.around.leaders.leader(group);
    if (leader === null) this.pause(leftMs);
    else this.ask(leader, Math.min(ATTEMPT_TIMEOUT_MS, remainingMs(deadlineMs)));
  }

  /** For what comes next: an outcome is waited for longer than a leader to ask. */
  private leftMs(): number {
    const { deadlineMs, giveUpByMs = deadlineMs } = this.request;
    return remainingMs(this.outOfSight ? deadlineMs : Math.min(giveUpByMs, deadlineMs));
  }

  private ask(leader: string, timeoutMs: number): void {
    const { self, transport } = this.around;
    const { method, body } = this.request;
    this.tries += 1;
    const current = this.tries;
    this.asked = leader;
    if (leader === self) {
      this.timer = setTimeout(() => this.answered(current, OUT_OF_SIGHT), timeoutMs);
      this.request.local().then(
        (reply) => this.answered(current, attemptOf(reply)),
        () => this.answered(current, OUT_OF_SIGHT),
      );
      return;
    }
    transport.request(nodeId(leader), method, body, { timeoutMs }).then(
      (reply) => this.answered(current, this.readAttempt(reply)),
      (error: unknown) => this.answered(current, failureOf(error)),
    );
  }

  private readAttempt(reply: unknown): Attempt<Answer> {
    try {
      return attemptOf(this.request.read(reply));
    } catch {
      // Sent, and no answer that can be read: it may have been done.
      return OUT_OF_SIGHT;
    }
  }

  /** What came of a try; of an earlier one than the latest, nobody waits for it any more. */
  private answered(which: number, attempt: Attempt<Answer>): void {
    const { asked } = this;
    if (which !== this.tries || asked === null) return;
    clearTimeout(this.timer);
    this.asked = null;
    if (attempt.kind === 'answer') {
      this.stopListening();
      this.resolve({ reply: attempt.answer, repeated: this.outOfSight });
      return;
    }
    if (attempt.kind === 'outOfSight') this.outOfSight = true;
    if (attempt.kind === 'refused') {
      this.reason = attempt.refusal.reason;
      if (isFinal(this.reason) && !(this.outOfSight && this.request.mutates)) return this.fail();
    }
    this.learn(asked, attempt);
    if (this.around.leaders.leader(this.request.group) !== asked) this.pauseMs = RETRY_PAUSE_MS_MIN;
    this.pause(this.leftMs());
  }

  private pause(leftMs: number): void {
    if (leftMs <= 0) return this.fail();
    this.pausing = true;
    this.timer = setTimeout(() => this.pauseOver(), Math.min(this.pauseMs, leftMs));
    this.pauseMs = Math.min(this.pauseMs * 2, RETRY_PAUSE_MS_MAX);
  }

  private pauseOver(): void {
    clearTimeout(this.timer);
    this.pausing = false;
    this.tryNow();
  }

  /** Another leader cuts a try short, any news a pause. */
  private news(): void {
    if (this.pausing) return this.pauseOver();
    const known = this.around.leaders.leader(this.request.group);
    if (this.asked === null || known === null || known === this.asked) return;
    this.answered(this.tries, OUT_OF_SIGHT);
  }

  /** What an attempt that brought no answer says of who leads. */
  private learn(asked: string, attempt: Exclude<Attempt<never>, { kind: 'answer' }>): void {
    const { leaders } = this.around;
    const { group, deadlineMs } = this.request;
    if (attempt.kind === 'refused') {
      const { leader, term, reason } = attempt.refusal;
      // It leads, and cannot for the moment.
      if (reason === 'noQuorum' || reason === 'transferring') return;
      if (leader === null || leader === asked) leaders.failed(group, asked);
      else leaders.heard(group, { term, nodeId: leader });
    } else if (remainingMs(deadlineMs) > RETRY_PAUSE_MS_MIN) {
      // What a caller in a hurry does not hear in time proves nothing about the leader.
      leaders.failed(group, asked);
    }
  }

  private fail(): void {
    const { group, mutates } = this.request;
    this.stopListening();
    this.reject(this.outOfSight && mutates ? unknownOutcome() : notDone(group, this.reason));
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
  reply: Answer | Refusal | Lost,
): Attempt<Answer> {
  if (isRefusal(reply)) return { kind: 'refused', refusal: reply };
  if (isLost(reply)) return OUT_OF_SIGHT;
  return { kind: 'answer', answer: reply };
}

function failureOf(error: unknown): Attempt<never> {
  const notSent = error instanceof TransportError && error.code === 'NOT_SENT';
  return notSent ? { kind: 'notSent' } : OUT_OF_SIGHT;
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
    case 'transferring':
    case 'noReplica':
      return new ProblemError('NO_LEADER', `no leader of ${group} was found in time`);
  }
}
