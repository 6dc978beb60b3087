import { ProblemError } from '@sinkron/http';
import type { ClaimedHold, WantedLock } from './core/commands/holder.js';
import type { Deadlock, Full, Held } from './core/commands/lock-result.js';
import {
  LOCKS_MAX,
  PLACES_PER_HOLDER_MAX,
  QUEUE_MAX,
  SESSIONS_MAX,
  WAITERS_MAX,
} from './core/limits.js';
import { lockNames, NAMES_SHOWN, obstacleAnswer } from './lock-answers.js';

export function lockHeld(held: Held): ProblemError {
  const { name, holders, queueLength } = held;
  return new ProblemError('LOCK_HELD', whyHeld(held), {
    members: { name, holders: holders.map(obstacleAnswer), queueLength },
  });
}

function whyHeld({ name, holders, queueLength, delayed }: Held): string {
  const waiting = queueLength === 0 ? '' : `, and ${queueLength} wait for it`;
  if (holders.length > 0) {
    const owners = holders.slice(0, NAMES_SHOWN).map(({ owner }) => owner);
    const more = holders.length > NAMES_SHOWN ? ` and ${holders.length - NAMES_SHOWN} more` : '';
    return `the lock ${name} is held by ${owners.join(', ')}${more}${waiting}`;
  }
  return delayed
    ? `the lock ${name} rests because its holder failed${waiting}`
    : `the lock ${name} is not free${waiting}`;
}

export function lockWaitTimeout(locks: readonly WantedLock[], waitedMs: number): ProblemError {
  const text = `${lockNames(locks)} could not be had within ${waitedMs} ms`;
  return new ProblemError('LOCK_WAIT_TIMEOUT', text, { members: { waitedMs } });
}

export function deadlock(owner: string, { cycle }: Deadlock): ProblemError {
  const steps = cycle.map(({ waitsFor, lock }) => ` waits at ${lock} for ${waitsFor}`);
  const shown = steps.slice(0, NAMES_SHOWN).join(', who');
  const more = steps.length > NAMES_SHOWN ? ', and so on round the cycle' : '';
  const first = cycle[0]?.owner ?? owner;
  return new ProblemError(
    'DEADLOCK',
    `nobody in the cycle would ever be granted: ${first}${shown}${more}; release what ${owner} holds and begin anew`,
    { members: { cycle } },
  );
}

/** The upgrade of a shared hold that ended while the request waited. */
export function upgradeLost(locks: readonly WantedLock[], owner: string): ProblemError {
  return new ProblemError(
    'NOT_HOLDER',
    `${owner} waited to make its hold of ${lockNames(locks)} exclusive, and that hold has ended`,
  );
}

export function notHolder(owner: string, { name, token }: ClaimedHold): ProblemError {
  return new ProblemError(
    'NOT_HOLDER',
    `${owner} does not hold the lock ${name} with token ${token}: it was released, broken, or its lease has ended`,
    { members: { name } },
  );
}

export function lockNotFound(name: string): ProblemError {
  return new ProblemError('LOCK_NOT_FOUND', `the lock ${name} is free and nobody waits for it`);
}

export function sessionNotFound(sessionId: string): ProblemError {
  return new ProblemError(
    'SESSION_NOT_FOUND',
    `there is no session ${sessionId}: it was deleted, its lease has ended, or it never was`,
  );
}

/** Another body came with this Idempotency-Key, and that request still waits. */
export function keyReused(): ProblemError {
  return new ProblemError(
    'IDEMPOTENCY_KEY_REUSED',
    'this Idempotency-Key came with another body before; use a new key for a new request',
  );
}

export function tooMany({ what }: Full): ProblemError {
  switch (what) {
    case 'locks':
      return new ProblemError('OVERLOADED', `${LOCKS_MAX} locks are held, no other can be`);
    case 'waiters':
      return new ProblemError(
        'OVERLOADED',
        `${WAITERS_MAX} places in queues are taken, no other can be`,
      );
    case 'queue':
      return new ProblemError(
        'OVERLOADED',
        `too many requests wait for the lock: at most ${QUEUE_MAX} may, and ${PLACES_PER_HOLDER_MAX} of one owner`,
      );
  }
}

export function tooManySessions(): ProblemError {
  return new ProblemError('OVERLOADED', `there are ${SESSIONS_MAX} sessions, no other can be`);
}

/** A renewal whose lease was due, and no majority decided in time whether it is over. */
export function expiryUndecided(): ProblemError {
  return new ProblemError(
    'NO_QUORUM',
    'the lease was due and no majority has confirmed its end in time; it was not renewed',
  );
}
