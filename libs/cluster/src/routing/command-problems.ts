import type { ProblemCode } from '@sinkron/http';

/** What any command may meet on its way to the majority, see `ClusterRouter.execute`. */
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
