import { unreachable } from '@sinkron/invariant';
import type { AcquireCommand } from '../core/commands/lock-command.js';
import type { AcquireResult, Grant } from '../core/commands/lock-result.js';
import { readAcquireResult } from '../core/commands/reading/read-result.js';
import type { AcquireDurations } from './acquire-durations.metric.js';
import type { AcquireOutcome, AcquireRequest, Call } from './acquire-request.js';
import { ACQUIRES_PER_REQUEST_MAX } from './core/limits.js';
import { LOCKS, type WaitingRouter } from './lock-target.js';
import type { UndeliveredGrants } from './undelivered-grants.js';
import { removedTooOften, waitEndedByStop, waitOutcomeUnknown } from './waiting-problems.js';
import type { WaitingRequests } from './waiting-requests.js';

type Ended = Awaited<ReturnType<WaitingRequests['wait']>>;

interface Acquired {
  readonly result: AcquireOutcome;
  readonly replayed: boolean;
}

/** One request on its way, with what became of it so far. */
interface Attempt {
  readonly startedMs: number;
  waited: boolean;
  /** For the metric: a status of the answer, `left` without a client, `failed` without an answer. */
  outcome: AcquireOutcome['status'] | 'left' | 'failed';
}

/** Takes locks for clients: at once, or after a wait, and back when they cannot be told. */
export class Acquirer {
  constructor(
    private readonly router: WaitingRouter,
    private readonly waiting: WaitingRequests,
    private readonly undelivered: UndeliveredGrants,
    private readonly durations: AcquireDurations,
  ) {}

  async acquire(request: AcquireRequest, call: Call): Promise<Acquired> {
    const leave = request.waitMs > 0 ? this.waiting.enter() : undefined;
    const attempt: Attempt = { startedMs: performance.now(), waited: false, outcome: 'failed' };
    try {
      const acquired = await this.tryUntilDecided(request, call, attempt);
      if (attempt.outcome === 'failed') attempt.outcome = acquired.result.status;
      this.releaseUnlessTold(request.owner, acquired.result, call);
      return acquired;
    } finally {
      const { waited, outcome, startedMs } = attempt;
      this.durations.observe({ outcome, waited, elapsedMs: performance.now() - startedMs });
      leave?.();
    }
  }

  private async tryUntilDecided(
    request: AcquireRequest,
    call: Call,
    attempt: Attempt,
  ): Promise<Acquired> {
    const { waitMs, ...wanted } = request;
    const { idempotency } = call;
    const untilMs = attempt.startedMs + waitMs;
    const answerByMs = call.deadlineMs + waitMs;
    for (let tries = 0; tries < ACQUIRES_PER_REQUEST_MAX; tries += 1) {
      const wait = waitMs > 0 && (tries === 0 || performance.now() < untilMs);
      const command: AcquireCommand = { kind: 'acquire', ...wanted, wait };
      const deadlineMs = tries === 0 ? call.deadlineMs : answerByMs;
      const executed = await this.router.execute(LOCKS, command, { deadlineMs, idempotency });
      this.waiting.opened(executed.proposer);
      const answer = readAcquireResult(executed.result);
      if (answer.status !== 'queued') {
        return { result: settled(answer, request, attempt), replayed: executed.replayed };
      }
      attempt.waited = true;
      const end = await this.waiting.wait(
        {
          waiterId: answer.waiterId,
          owner: request.owner,
          proposer: executed.proposer,
          upgrade: answer.upgrade,
          keyed: idempotency !== undefined,
          untilMs,
          answerByMs,
        },
        call.client.gone,
      );
      if (end.kind === 'gone') continue;
      if (end.kind === 'granted' && end.locks.length < request.locks.length) {
        // Some were taken away before it could be told: it has all or none. With a key it is
        // answered what was granted then.
        if (idempotency === undefined) this.undelivered.giveBack(request.owner, end.locks);
        continue;
      }
      if (end.kind === 'left') attempt.outcome = 'left';
      const result = outcomeOf(end, request, elapsedSince(attempt.startedMs));
      return { result, replayed: false };
    }
    throw removedTooOften();
  }

  /** A client with an Idempotency-Key may fetch its grant; every other one will never know. */
  private releaseUnlessTold(owner: string, result: AcquireOutcome, call: Call): void {
    if (result.status !== 'granted' || call.idempotency !== undefined) return;
    call.client.onGone(() => this.undelivered.giveBack(owner, result.locks));
  }
}

/**
 * The answer to a wait that ended.
 *
 * @throws ProblemError SHUTTING_DOWN, OUTCOME_UNKNOWN
 */
function outcomeOf(
  end: Exclude<Ended, { readonly kind: 'gone' }>,
  request: AcquireRequest,
  waitedMs: number,
): AcquireOutcome {
  switch (end.kind) {
    case 'granted':
      return { status: 'granted', locks: inOrderOf(request, end.locks), waitedMs };
    case 'wait-timeout':
    // Nobody reads this answer.
    case 'left':
      return { status: 'wait-timeout', waitedMs };
    case 'not-holder':
      return { status: 'not-holder' };
    case 'shutting-down':
      throw waitEndedByStop();
    case 'unknown':
      throw waitOutcomeUnknown();
    default:
      return unreachable(end);
  }
}

/** The leader's memory knows grants by their age. */
function inOrderOf({ locks }: AcquireRequest, grants: readonly Grant[]): readonly Grant[] {
  const places = new Map(locks.map(({ name }, place) => [name, place]));
  return grants.toSorted(
    (left, right) => (places.get(left.name) ?? 0) - (places.get(right.name) ?? 0),
  );
}

/** An answer without another wait. */
function settled(
  result: Exclude<AcquireResult, { readonly status: 'queued' }>,
  { waitMs }: AcquireRequest,
  { startedMs, waited }: Attempt,
): AcquireOutcome {
  const waitedMs = waited ? elapsedSince(startedMs) : 0;
  if (result.status === 'granted') return { ...result, waitedMs };
  // Its time was over when it was sent for the last time, without a wait.
  if (result.status === 'held' && waitMs > 0) return { status: 'wait-timeout', waitedMs };
  return result;
}

function elapsedSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}
