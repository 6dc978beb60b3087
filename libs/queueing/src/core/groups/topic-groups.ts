import type { DeliveryReceipts } from '../commands/topic-command.js';
import type { TopicConfiguration } from '../commands/topic-configuration.js';
import type { GroupView, MessageStateInGroup, PendingView } from '../commands/topic-query.js';
import type { Acknowledged, Received } from '../commands/topic-result.js';
import type { StoredMessage, TopicMessages } from '../ports.js';
import type { GroupRecord } from './records/group-record.js';
import type { ShardGroups } from './shard-groups.js';

/** Why a message became a dead letter. */
export interface DeadLetterFacts {
  readonly group: string;
  readonly groupId: number;
  /** Times it was handed out in the group. */
  readonly deliveries: number;
  /** `failures`: after `maxDeliveries` of them; `rejected`: a consumer said so. */
  readonly cause: 'failures' | 'rejected';
  /** What the consumer said of the last failure; null also when its visibility passed. */
  readonly reason: string | null;
}

export interface TopicGroupsOptions {
  readonly shard: ShardGroups;
  readonly topicId: number;
  readonly messages: TopicMessages;
  /** Asked anew each time it is needed. */
  readonly configuration: () => TopicConfiguration;
  /**
   * Stores a dead letter; it does not settle the message in its own topic, this class does. Null: the
   * topic has no dead-letter topic (it is one): what fails there is handed out again, for ever.
   */
  readonly deadLetter: ((message: StoredMessage, facts: DeadLetterFacts) => void) | null;
}

export interface ReceiveTerms {
  readonly consumer: string | null;
  readonly max: number;
  /** Null: the topic's. */
  readonly visibilityMs: number | null;
}

export interface NackTerms {
  /** Null: as the topic's back-off says. */
  readonly delayMs: number | null;
  readonly reason: string | null;
  readonly deadLetter: boolean;
}

export interface PendingTerms {
  readonly consumer: string | null;
  readonly after: number | null;
  readonly limit: number;
}

/**
 * All groups of one topic.
 *
 * Methods that name a group need one that exists (`has`); all times are log time. The commands
 * `receive`, `ack`, `nack`, `giveBack` and `extend` first do what is due in their group by their own
 * time, for at most DUE_PER_COMMAND_MAX messages; beyond it, receipts whose visibility has passed are
 * stale all the same.
 */
export declare class TopicGroups {
  constructor(options: TopicGroupsOptions);

  /** A group that is on the disk (`ShardGroups.records`), while the machine opens; by ascending id. */
  adopt(record: GroupRecord): void;

  readonly count: number;
  /** In byte order. */
  readonly names: readonly string[];
  has(group: string): boolean;
  idOf(group: string): number | undefined;
  /** The group that has this id now: a seek and a purge change it. */
  nameOf(groupId: number): string | undefined;

  /** Makes a group that sees what has a sequence from `from` on. @returns false if it was there. */
  create(group: string, from: number): boolean;
  /** @returns false if it was not there. What is left on the disk is swept (`ShardGroups.sweep`). */
  delete(group: string): boolean;
  /** The topic is deleted; `TopicMessages.dropGroup` is not called. */
  deleteAll(): void;
  /** After all messages of the topic are gone, from `TopicMessages.counts` too: groups begin anew behind them. */
  purge(): void;
  /** The group begins anew, under a new id, at the first message with a sequence from `from` on. */
  seek(group: string, from: number): void;

  /** Hands out messages, see `ReceiveCommand`. An answer without messages may have changed something. */
  receive(group: string, terms: ReceiveTerms, logTimeMs: number): Received;
  ack(group: string, receipts: readonly DeliveryReceipts[], logTimeMs: number): Acknowledged;
  nack(
    group: string,
    receipts: readonly DeliveryReceipts[],
    terms: NackTerms,
    logTimeMs: number,
  ): Acknowledged;
  giveBack(group: string, receipts: readonly DeliveryReceipts[], logTimeMs: number): Acknowledged;
  extend(
    group: string,
    receipts: readonly DeliveryReceipts[],
    visibilityMs: number,
    logTimeMs: number,
  ): Acknowledged;

  /** Passed visibilities and back-offs, of at most `budget` messages. @returns of how many. */
  expireDue(logTimeMs: number, budget: number): number;
  /** When `expireDue` has something to do next; null: never, as it is. */
  readonly nextDueMs: number | null;

  /**
   * Open messages were stored, after the topic's counts say so. Writes nothing. `list` is called only if
   * somebody wants them; ascending by sequence.
   */
  published(list: () => readonly StoredMessage[]): void;
  /** Messages were stored (open) that only this group has not settled. Besides `published`. */
  redriven(group: string, count: number): void;
  /** Delayed messages are open now (`counts` and `isDelayed` say so). A record a message and group at most. */
  matured(messages: readonly StoredMessage[]): void;
  /**
   * These messages are about to be removed for all: called while the port still knows them, whether they
   * are open, delayed, settled. In flight or not: their receipts are stale then. Afterwards the port
   * must not know them, and {@link keysMoved} be called if one had a key.
   */
  removed(messages: readonly StoredMessage[]): void;
  /** Messages with these keys were removed for all: the next of the key may be ready. */
  keysMoved(keys: readonly string[]): void;

  /** Until when a message may be in flight in any group; null: it is in none. For its ttl. */
  inFlightUntilMs(sequence: number): number | null;

  view(group: string, logTimeMs: number): GroupView;
  /** Messages that a receive might get now: those known to be behind their key's head are left out. O(1). */
  receivable(group: string): number;
  /** In flight, ascending by sequence. */
  pending(group: string, terms: PendingTerms): readonly PendingView[];
  /** Of a stored message, in all groups, in byte order of their names. */
  states(message: StoredMessage): readonly MessageStateInGroup[];
  stateIn(group: string, message: StoredMessage): MessageStateInGroup;
  /** Sequences that are in flight under a delivery, as they were handed out. */
  inFlight(groupId: number, deliveryId: number): readonly number[];
}
