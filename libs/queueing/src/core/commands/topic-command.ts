import type { NumberedMessage } from '../topics/outbox/leaving-message.js';
import type { TopicConfiguration } from './topic-configuration.js';

/**
 * Messages of one publish with the same priority, packed by the node that was asked. No replica unpacks
 * them to apply the command: they are stored as they came (`core/message/packed-messages.ts`).
 */
export interface PublishedPart {
  /** 0 to 9. */
  readonly priority: number;
  /** Which messages of the publish these are, ascending; null: all of them, in order. */
  readonly offsets: readonly number[] | null;
  readonly packed: Uint8Array;
  /** Of each message in the part: what it takes of the packed bytes. */
  readonly sizes: readonly number[];
}

/** What a replica must know of one message besides its place; most messages have none. */
export interface MessageNote {
  readonly offset: number;
  readonly key?: string;
  readonly deduplicationId?: string;
  /** From the entry's log time on. Not together with `deliverAtMs`. */
  readonly delayMs?: number;
  /** Log time, ms of Unix time; in the past: at once. */
  readonly deliverAtMs?: number;
  readonly ttlMs?: number;
}

/** Stores all messages or none. Makes the topic when it is new. */
export interface PublishCommand {
  readonly kind: 'publish';
  readonly topic: string;
  /** 1 to MESSAGES_PER_PUBLISH_MAX. The parts' offsets are 0 to count-1, each once. */
  readonly count: number;
  /** At most one of each priority. */
  readonly parts: readonly PublishedPart[];
  readonly notes: readonly MessageNote[];
}

/** Replaces the configuration; makes the topic when it is new. */
export interface ConfigureCommand {
  readonly kind: 'configure';
  readonly topic: string;
  readonly configuration: TopicConfiguration;
}

/** The topic with all its messages and groups is gone at once; its records are swept. */
export interface DeleteTopicCommand {
  readonly kind: 'delete-topic';
  readonly topic: string;
}

/** All messages are gone at once, in every group, also those in flight; groups and their names stay. */
export interface PurgeCommand {
  readonly kind: 'purge';
  readonly topic: string;
}

export interface DeleteMessageCommand {
  readonly kind: 'delete-message';
  readonly topic: string;
  readonly id: string;
}

/** Makes a group; one that exists stays as it is. */
export interface CreateGroupCommand {
  readonly kind: 'create-group';
  readonly topic: string;
  readonly group: string;
  readonly from: 'earliest' | 'latest';
}

export interface DeleteGroupCommand {
  readonly kind: 'delete-group';
  readonly topic: string;
  readonly group: string;
}

/** Hands out up to `max` ready messages, at least one if there is any, at most RECEIVE_BYTES_MAX. */
export interface ReceiveCommand {
  readonly kind: 'receive';
  readonly topic: string;
  readonly group: string;
  readonly consumer: string | null;
  readonly max: number;
  /** Null: the topic's. */
  readonly visibilityMs: number | null;
}

/** Messages of one delivery, as their receipts name them (`core/message/receipt.ts`). */
export interface DeliveryReceipts {
  readonly topicId: number;
  readonly groupId: number;
  readonly deliveryId: number;
  /** Sequences of the messages in their topic. */
  readonly sequences: readonly number[];
}

/** Receipts that are stale, or of another topic or group, do nothing. */
export interface AckCommand {
  readonly kind: 'ack';
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly DeliveryReceipts[];
}

export interface NackCommand {
  readonly kind: 'nack';
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly DeliveryReceipts[];
  /** Null: as the topic's back-off says. */
  readonly delayMs: number | null;
  readonly reason: string | null;
  /** Makes it a dead letter now. */
  readonly deadLetter: boolean;
}

/** Gives messages back that nobody was told of: ready again at once, no failure, no delivery counted. */
export interface ReturnCommand {
  readonly kind: 'return';
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly DeliveryReceipts[];
}

/** Visible again `visibilityMs` from the entry's log time on. */
export interface ExtendCommand {
  readonly kind: 'extend';
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly DeliveryReceipts[];
  readonly visibilityMs: number;
}

export type SeekTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'id'; readonly id: string }
  /** The first message published at or after it, ms of Unix time. */
  | { readonly kind: 'time'; readonly timeMs: number };

/** The group sees everything that is stored from there on, in flight or not: old receipts are stale. */
export interface SeekCommand {
  readonly kind: 'seek';
  readonly topic: string;
  readonly group: string;
  readonly to: SeekTarget;
}

/** Dead letters go back to the topic and group where they failed; `topic` is the source or its dead-letter topic. */
export interface RedriveCommand {
  readonly kind: 'redrive';
  readonly topic: string;
  readonly max: number;
  /** Another topic for them; null: where they came from. */
  readonly to: string | null;
  /** Only dead letters of this topic of another shard; without it, of all. */
  readonly origin?: string;
}

/**
 * Does what is due by log time, in the shard: deliveries whose visibility has passed, delayed messages,
 * messages past their ttl or age, deduplication ids out of the window. Bounded: what is left is due still.
 * Proposed by the leader only.
 */
export interface DueCommand {
  readonly kind: 'due';
  readonly term: number;
}

/**
 * Stores messages that left topics of another shard for topics of this one, as `outbox/` says. Sent by
 * the node that leads the other shard; what was stored before is passed by.
 */
export interface DeliverOutboxCommand {
  readonly kind: 'deliver-outbox';
  /** The number of the shard that they left. */
  readonly from: number;
  /** Ascending by their numbers, at most LOAD_MESSAGES_MAX. */
  readonly messages: readonly NumberedMessage[];
}

/** Another shard has what left for it: removes that. */
export interface OutboxDeliveredCommand {
  readonly kind: 'outbox-delivered';
  /** The number of the other shard. */
  readonly to: number;
  /** It has all with numbers up to this one. */
  readonly through: number;
}

/** Of one shard with another; no client asks for them. */
export type OutboxCommand = DeliverOutboxCommand | OutboxDeliveredCommand;

/** Removes the next records of what was deleted or purged. Proposed by the leader only. */
export interface SweepCommand {
  readonly kind: 'sweep';
}

export type DutyCommand = DueCommand | SweepCommand;

export type TopicCommand =
  | PublishCommand
  | ConfigureCommand
  | DeleteTopicCommand
  | PurgeCommand
  | DeleteMessageCommand
  | CreateGroupCommand
  | DeleteGroupCommand
  | ReceiveCommand
  | AckCommand
  | NackCommand
  | ReturnCommand
  | ExtendCommand
  | SeekCommand
  | RedriveCommand
  | OutboxCommand
  | DutyCommand;
