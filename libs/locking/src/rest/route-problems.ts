import type { ProblemCode } from '@sinkron/http';

/** What any command may meet on its way to the majority. */
export const COMMAND_PROBLEMS = [
  'IDEMPOTENCY_KEY_REUSED',
  'NO_LEADER',
  'NO_QUORUM',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'ROLE_ABSENT',
  'OUTCOME_UNKNOWN',
  'STORAGE_FULL',
] as const satisfies readonly ProblemCode[];

/** What an acquire may meet. */
export const ACQUIRE_PROBLEMS = [
  'LOCK_HELD',
  'LOCK_WAIT_TIMEOUT',
  'DEADLOCK',
  'NOT_HOLDER',
  'SESSION_NOT_FOUND',
  ...COMMAND_PROBLEMS,
] as const satisfies readonly ProblemCode[];

/** What any read may meet. */
export const READ_PROBLEMS = [
  'NO_LEADER',
  'NO_QUORUM',
  'SHUTTING_DOWN',
  'ROLE_ABSENT',
] as const satisfies readonly ProblemCode[];
