import { MalformedValue } from '@sinkron/fields';
import { ProblemError } from '@sinkron/http';
import { ACQUIRES_PER_REQUEST_MAX, WAITING_REQUESTS_MAX } from './core/limits.js';

export function tooManyWaiting(): ProblemError {
  return new ProblemError(
    'OVERLOADED',
    `${WAITING_REQUESTS_MAX} requests wait at this node already; ask another one`,
  );
}

export function waitEndedByStop(): ProblemError {
  return new ProblemError('SHUTTING_DOWN', 'this node stops; wait at another one');
}

export function waitOutcomeUnknown(): ProblemError {
  return new ProblemError(
    'OUTCOME_UNKNOWN',
    'no majority has confirmed the end of the wait in time; ' +
      'repeat the request with the same Idempotency-Key',
  );
}

export function removedTooOften(): ProblemError {
  return new ProblemError(
    'OVERLOADED',
    `the request was taken out of the queue ${ACQUIRES_PER_REQUEST_MAX} times; it holds nothing`,
  );
}

/** Whether an attempt may be made again: the cluster or a peer failed, and not this code. */
export function isFailedAttempt(error: unknown): error is Error {
  return error instanceof ProblemError || error instanceof MalformedValue;
}

/** Whether it may have happened all the same. */
export function mayHaveHappened(error: Error): boolean {
  return !(error instanceof ProblemError) || error.code === 'OUTCOME_UNKNOWN';
}
