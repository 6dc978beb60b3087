import { GROUPS_PER_TOPIC_MAX } from '../../limits.js';
import { REDRIVEN_IN_GROUPS_MAX } from '../limits.js';

/** Messages that one entry takes from another shard: each is a record in each group of its topic. */
export const LOAD_MESSAGES_MAX = Math.floor(REDRIVEN_IN_GROUPS_MAX / GROUPS_PER_TOPIC_MAX);

/** Bytes of those messages, unless a single one is larger. */
export const LOAD_BYTES_MAX = 1024 ** 2;

/** Messages that one entry removes once the other shard has them; the rest is removed by the next. */
export const REMOVED_PER_ENTRY_MAX = 500;

/** Numbers for messages that leave for one shard within one millisecond of log time; more take later ones. */
export const NUMBERS_PER_MS = 1_024;
