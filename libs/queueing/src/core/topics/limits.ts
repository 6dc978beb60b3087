import { GROUPS_PER_TOPIC_MAX, MESSAGES_PER_PUBLISH_MAX, RECEIVE_BYTES_MAX } from '../limits.js';

/**
 * Bytes of messages that one command copies, to dead letters or back: those that are left wait for the
 * next command. One message may go beyond it.
 */
export const COPIED_BYTES_MAX = RECEIVE_BYTES_MAX;

/** Bytes of messages in one segment, unless a single message is larger: what a read of one costs. */
export const SEGMENT_BYTES_MAX = 64 * 1024;

/** Segments held in memory without their bodies, in one shard. */
export const SEGMENTS_CACHED_MAX = 4_096;

/** Messages of those segments: about 16 bytes each, more with notes. */
export const MESSAGES_CACHED_MAX = 65_536;

/** Segments of one shard whose bodies are in memory for the next receive: 1 MiB together, at most 2. */
export const PACKED_CACHED_MAX = 16;

/** Sequences whose messages are counted in one record, so that those before a place are known. */
export const BLOCK_SEQUENCES = 1_024;

/** Records of counted blocks that a topic keeps in memory between two commands. */
export const BLOCKS_CACHED_MAX = 4;

/** Deduplication ids in one record of when they are forgotten: removing it removes them all. */
export const IDS_PER_RECORD_MAX = 250;

/** Messages that one publish drops to make room; one that needs more is refused. */
export const DROPPED_PER_PUBLISH_MAX = 10_000;

/**
 * The same, times the groups of the topic, each of which looks at each: so many that a publish can
 * always take the places of as many messages as it has.
 */
export const DROPPED_IN_GROUPS_MAX = MESSAGES_PER_PUBLISH_MAX * GROUPS_PER_TOPIC_MAX;

/** Messages that one redrive moves, times the groups of their topic: each of them has a record then. */
export const REDRIVEN_IN_GROUPS_MAX = 10_000;

/** Topics with something due that one entry looks at; the earliest first. */
export const DUE_TOPICS_MAX = 500;

/** Messages that one publish looks at to find those: delayed ones are not dropped, and passed by. */
export const LOOKED_AT_PER_PUBLISH_MAX = 20_000;

/** Segments that one sweep looks at, to remove what all groups are done with: up to 4 MiB are read. */
export const SEGMENTS_PER_SWEEP_MAX = 64;

/** Places of ordering keys held in memory, so that settled messages are not looked at again. */
export const KEY_HEADS_CACHED_MAX = 10_000;

/**
 * Of the messages of a key that stay after a group has settled them, every how many-th is remembered, so
 * that a replica that was just opened walks about as many to find the head of a key.
 */
export const KEY_MILESTONE_EVERY = 16;

/** Topics and groups whose dead letters one redrive looks for; the next one goes on there. */
export const ORIGINS_PER_REDRIVE_MAX = 200;

/**
 * Numbers that one shard gives to topics, groups and stores, before ids of topics would be those of the
 * next shard: a million a second would take 19 hours, and nothing takes more than a few a second. With
 * the 4,096 shards of the largest cluster, ids stay below 2^53.
 */
export const NUMBERS_PER_SHARD = 2 ** 36;
