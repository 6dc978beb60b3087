import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import type { ProblemCode } from '@sinkron/http';

/** What any read may meet. */
export const READ_PROBLEMS = [
  'NO_LEADER',
  'NO_QUORUM',
  'SHUTTING_DOWN',
  'ROLE_ABSENT',
] as const satisfies readonly ProblemCode[];

/** What a change of a topic may meet that must exist. */
export const TOPIC_CHANGE_PROBLEMS = [
  'TOPIC_NOT_FOUND',
  ...COMMAND_PROBLEMS,
] as const satisfies readonly ProblemCode[];

/** What a change in a group may meet. */
export const GROUP_CHANGE_PROBLEMS = [
  'TOPIC_NOT_FOUND',
  'GROUP_NOT_FOUND',
  ...COMMAND_PROBLEMS,
] as const satisfies readonly ProblemCode[];
