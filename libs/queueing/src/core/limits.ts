/** Messages of one publish; with 64 groups none of its records is touched more than once. */
export const MESSAGES_PER_PUBLISH_MAX = 1_000;

/** Bytes of one body as it was sent, JSON text or decoded base64. */
export const BODY_BYTES_MAX = 1024 ** 2;

/** Bytes of one publish request, and of the bodies of one receive (at least one message). */
export const RECEIVE_BYTES_MAX = 8 * 1024 ** 2;

/** Messages of one receive, receipts of one acknowledgement. */
export const RECEIPTS_MAX = 1_000;

/** Groups of one topic: each publish and removal looks at all of them. */
export const GROUPS_PER_TOPIC_MAX = 64;

/** Groups of all topics of one shard: their counters are held in memory, about 1.5 KiB each. */
export const GROUPS_PER_SHARD_MAX = 200_000;

/** Topics of one shard: their configurations and counters are held in memory, about 2 KiB each with a group. */
export const TOPICS_PER_SHARD_MAX = 100_000;

/** Bytes of a topic's name; `.dead` fits behind it. */
export const TOPIC_NAME_BYTES_MAX = 251;

/** Bytes of a group's or a consumer's name, of a key and of a deduplication id. */
export const NAME_BYTES_MAX = 256;

/** Bytes of all headers of one message as JSON text. */
export const HEADERS_BYTES_MAX = 16 * 1024;

/** Characters of the reason of a nack. */
export const REASON_CHARS_MAX = 1_024;

export const PRIORITIES = 10;
export const DEFAULT_PRIORITY = 4;

/** Delay, ttl, age and scheduled time at most this far ahead, milliseconds: ten years. */
export const AHEAD_MS_MAX = 10 * 365 * 86_400_000;

/** Messages of one group in flight; a receive beyond it hands out nothing. */
export const IN_FLIGHT_MAX = 200_000;

/** Messages that a group holds in memory, ready to be handed out: the rest is on the disk. */
export const WINDOW_MESSAGES = 1_024;

/** Consumers that a group names. */
export const CONSUMERS_LISTED_MAX = 100;

/** Deduplication ids remembered in one topic; beyond it the oldest are forgotten early. */
export const DEDUPLICATION_IDS_MAX = 1_000_000;

/** How long a node hears of ready messages after it asked, milliseconds; it asks again sooner. */
export const WATCH_MS = 5_000;

/** Records that one command touches, so that no entry holds up the event loop. */
export const RECORDS_PER_COMMAND_MAX = 1_000;

/** Milliseconds that a delivery may stay unacknowledged: 12 hours at most, as in SQS. */
export const VISIBILITY_MS_MIN = 100;
export const VISIBILITY_MS_MAX = 43_200_000;

/** Failures in one group that a topic may allow before a dead letter is made. */
export const DELIVERIES_MAX = 1_000;

/** By how much a back-off may grow from one failure to the next. */
export const BACKOFF_MULTIPLIER_MAX = 10;

/** Milliseconds that a deduplication id may be remembered: two weeks; their number is limited, too. */
export const DEDUPLICATION_WINDOW_MS_MAX = 14 * 86_400_000;

/** Messages, or bytes, that a topic may be limited to: integers that JSON carries exactly. */
export const TOPIC_LIMIT_MAX = Number.MAX_SAFE_INTEGER;

/** Dead letters that one redrive moves; each is a few records. */
export const REDRIVE_MAX = 1_000;

/** Items of one page of a list. */
export const LIST_ITEMS_MAX = 1_000;

/** Messages that the consumers of one node may wait for in one group. */
export const WANTED_MAX = 10_000_000;

/** Characters of a proposer's name, as nodes give it with a watch. */
export const PROPOSER_CHARS_MAX = 256;

/** Seconds after which a publish that met a full topic may try again. */
export const QUEUE_FULL_RETRY_AFTER_S = 1;
