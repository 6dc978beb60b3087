import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import type { ProblemCode } from '@sinkron/http';

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
