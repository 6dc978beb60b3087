import type { Malformed } from '@sinkron/fields';

/** Answers of the topic machine; msgpack-able, and small: every replica keeps them for a while. */

export interface TopicNotFound {
  readonly status: 'topic-not-found';
}
export interface GroupNotFound {
  readonly status: 'group-not-found';
}
export interface MessageNotFound {
  readonly status: 'message-not-found';
}

/** A limit of the topic, or of the shard, is reached; nothing was changed. */
export interface QueueFull {
  readonly status: 'queue-full';
  /** A sentence that names the limit. */
  readonly message: string;
}

/** Ids are `idOf(topicId, sequence)`; the i-th message has sequence `first + i`, but for duplicates. */
export interface Published {
  readonly status: 'published';
  readonly topicId: number;
  readonly first: number;
  readonly count: number;
  /** By offset: the sequence of the message that came first. */
  readonly duplicates: readonly (readonly [offset: number, sequence: number])[];
}

export interface Configured {
  readonly status: 'configured';
  readonly created: boolean;
}
/** Another `retention` on a topic that has messages. */
export interface ConfigurationConflict {
  readonly status: 'configuration-conflict';
  readonly message: string;
}
export interface Deleted {
  readonly status: 'deleted';
}
export interface Purged {
  readonly status: 'purged';
}
export interface GroupCreated {
  readonly status: 'group-created';
  readonly created: boolean;
}
export interface GroupDeleted {
  readonly status: 'group-deleted';
}

/** One message that was handed out. */
export interface HandedOut {
  readonly sequence: number;
  readonly priority: number;
  readonly key: string | null;
  /** Times it was handed out in this group, this time included. */
  readonly deliveries: number;
}

/** What a receive keeps: references. An empty list is an answer too. */
export interface Received {
  readonly status: 'received';
  readonly topicId: number;
  readonly groupId: number;
  /** 0 when nothing was handed out. */
  readonly deliveryId: number;
  readonly visibleAtMs: number;
  readonly messages: readonly HandedOut[];
}

/** Messages as they are stored, to be unpacked by the node that answers the client. */
export interface StoredPart {
  /** Log time of their publish. */
  readonly publishedAtMs: number;
  readonly packed: Uint8Array;
  /** Which messages of the packed ones: [sequence, place in the packed list]. */
  readonly places: readonly (readonly [sequence: number, place: number])[];
}

/** A `Received` presented in full by the leader; a repetition has no bodies and asks for them. */
export interface Presented extends Received {
  /** Those that are stored still. */
  readonly bodies: readonly StoredPart[];
}

/** Of an ack, nack, return or extension. */
export interface Acknowledged {
  readonly status: 'settled';
  /** Which of the command's receipts were stale: their places in the command, counted over all deliveries. */
  readonly stale: readonly number[];
}

export interface Sought {
  readonly status: 'sought';
}
export interface Redriven {
  readonly status: 'redriven';
  readonly moved: number;
  /** The topic of another shard where dead letters of the named one are; absent: there is none. */
  readonly elsewhere?: string;
}
/** This shard has all that left another one for it, up to a number. */
export interface OutboxTaken {
  readonly status: 'outbox-taken';
  readonly through: number;
}
/** Of what the leader proposes itself. */
export interface Swept {
  readonly status: 'swept';
}

export type TopicResult =
  | Malformed
  | TopicNotFound
  | GroupNotFound
  | MessageNotFound
  | QueueFull
  | Published
  | Configured
  | ConfigurationConflict
  | Deleted
  | Purged
  | GroupCreated
  | GroupDeleted
  | Received
  | Acknowledged
  | Sought
  | Redriven
  | OutboxTaken
  | Swept;
