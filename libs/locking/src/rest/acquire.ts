import { invariant, unreachable } from '@sinkron/invariant';
import type { WantedLock } from '../core/commands/holder.js';
import { TTL_MS_DEFAULT } from '../core/limits.js';
import type { AcquireFieldsDto } from '../dto/acquire-fields.dto.js';
import type { AcquiredLock } from '../dto/lock-answers.js';
import { metadataText } from '../dto/lock-fields.js';
import { acquiredLock } from '../lock-answers.js';
import {
  deadlock,
  keyReused,
  lockHeld,
  lockWaitTimeout,
  sessionNotFound,
  tooMany,
  upgradeLost,
} from '../lock-problems.js';
import type { AcquireOutcome, AcquireRequest } from '../waiting/acquire-request.js';

/** What a validated body asks for. */
export function acquireRequest(
  body: AcquireFieldsDto,
  locks: readonly WantedLock[],
): AcquireRequest {
  const { sessionId = null, ttlMs = TTL_MS_DEFAULT, lockDelayMs = 0, waitMs = 0 } = body;
  const owner = body.owner ?? sessionId;
  invariant(owner !== null, 'acquireRequest: a validated body has an owner or a session');
  const metadata = metadataText(body.metadata);
  return { sessionId, owner, locks, ttlMs, lockDelayMs, metadata, waitMs };
}

/**
 * The answers of a grant, in the order of the request.
 *
 * @throws ProblemError for every other outcome.
 */
export function granted(request: AcquireRequest, outcome: AcquireOutcome): AcquiredLock[] {
  const { owner, locks, sessionId } = request;
  switch (outcome.status) {
    case 'granted':
      return outcome.locks.map((grant) => acquiredLock(owner, grant, outcome.waitedMs));
    case 'held':
      throw lockHeld(outcome);
    case 'wait-timeout':
      throw lockWaitTimeout(locks, outcome.waitedMs);
    case 'deadlock':
      throw deadlock(owner, outcome);
    case 'session-not-found':
      throw sessionNotFound(sessionId ?? owner);
    case 'not-holder':
      throw upgradeLost(locks, owner);
    case 'key-reused':
      throw keyReused();
    case 'full':
      throw tooMany(outcome);
    default:
      return unreachable(outcome);
  }
}
