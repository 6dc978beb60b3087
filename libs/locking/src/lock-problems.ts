import { ProblemError } from '@sinkron/http';
import type { Held } from './core/commands/lock-result.js';
import { LOCKS_MAX } from './core/limits.js';
import { obstacleAnswer } from './lock-answers.js';

export function lockHeld(name: string, { holders, queueLength }: Held): ProblemError {
  const owners = holders.map(({ owner }) => owner).join(', ');
  return new ProblemError('LOCK_HELD', `the lock ${name} is held by ${owners}`, {
    members: { holders: holders.map(obstacleAnswer), queueLength },
  });
}

export function notHolder(name: string, owner: string, token: number): ProblemError {
  return new ProblemError(
    'NOT_HOLDER',
    `${owner} does not hold the lock ${name} with token ${token}: it was released, or its lease has ended`,
  );
}

export function lockNotFound(name: string): ProblemError {
  return new ProblemError('LOCK_NOT_FOUND', `the lock ${name} is free and nobody waits for it`);
}

export function tooManyLocks(): ProblemError {
  return new ProblemError('OVERLOADED', `${LOCKS_MAX} locks are held, no other can be`);
}

/** A renewal whose lease was due, and no majority decided in time whether it is over. */
export function expiryUndecided(): ProblemError {
  return new ProblemError(
    'NO_QUORUM',
    'the lease was due and no majority has confirmed its end in time; it was not renewed',
  );
}
