import type { TopicConfiguration } from '../commands/topic-configuration.js';
import type { StoredMessage, TopicMessages } from '../ports.js';
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
   * Stores a dead letter; it does not settle the message in its own topic, this class does. False: the
   * command has copied as many bytes as one may, nothing was stored, a later command does it. Null: the
   * topic has no dead-letter topic (it is one): what fails there is handed out again, for ever.
   */
  readonly deadLetter: ((message: StoredMessage, facts: DeadLetterFacts) => boolean) | null;
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
