import type { HandedOut, StoredPart } from './topic-result.js';
import type { TopicConfiguration } from './topic-configuration.js';

/** Reads of the applied state. */
export type TopicQuery =
  | { readonly kind: 'topic'; readonly topic: string }
  /** Topics of this shard in byte order of their names, after `after`. */
  | { readonly kind: 'topics'; readonly after: string | null; readonly limit: number }
  | { readonly kind: 'group'; readonly topic: string; readonly group: string }
  | {
      readonly kind: 'groups';
      readonly topic: string;
      readonly after: string | null;
      readonly limit: number;
    }
  | { readonly kind: 'message'; readonly topic: string; readonly id: string }
  /** A look that counts no delivery. Without a group: all stored messages, in publish order. */
  | {
      readonly kind: 'messages';
      readonly topic: string;
      readonly group: string | null;
      readonly state: 'ready' | 'delayed' | 'in-flight' | null;
      readonly after: number | null;
      readonly limit: number;
    }
  | {
      readonly kind: 'pending';
      readonly topic: string;
      readonly group: string;
      readonly consumer: string | null;
      readonly after: number | null;
      readonly limit: number;
    }
  /** Bodies of a delivery, for an answer that is repeated; only what is in flight under it still. */
  | {
      readonly kind: 'bodies';
      /** By which the shard is found. */
      readonly topic: string;
      readonly topicId: number;
      readonly groupId: number;
      readonly deliveryId: number;
    };

/** What a group counts. */
export interface GroupCounts {
  readonly group: string;
  readonly ready: number;
  /** Waiting for a back-off or a nack's delay, or (of the topic) published with a delay. */
  readonly delayed: number;
  readonly inFlight: number;
  readonly deadLettered: number;
}

export interface GroupView extends GroupCounts {
  /** Age by log time of the oldest message that is ready; null when none is. */
  readonly oldestReadyAgeMs: number | null;
  /** Names of the consumers with messages in flight, sorted, at most CONSUMERS_LISTED_MAX. */
  readonly consumers: readonly string[];
}

export interface TopicView {
  readonly topic: string;
  readonly configuration: TopicConfiguration;
  /** Stored and not yet removed. */
  readonly messages: number;
  readonly bytes: number;
  readonly delayed: number;
  readonly groups: number;
}

export interface MessageStateInGroup {
  readonly group: string;
  readonly state: 'ready' | 'delayed' | 'in-flight' | 'acknowledged' | 'blocked';
  readonly deliveries: number;
  readonly visibleAtMs: number | null;
}

/** One stored message, with its body in `bodies`. */
export interface MessageView {
  readonly id: string;
  readonly handedOut: HandedOut;
  readonly bodies: readonly StoredPart[];
  /** Set while it waits for its time. */
  readonly deliverAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly groups: readonly MessageStateInGroup[];
}

export interface MessagePage {
  readonly topicId: number;
  readonly messages: readonly HandedOut[];
  readonly bodies: readonly StoredPart[];
  /** Sequence to go on after; null at the end. */
  readonly next: number | null;
}

export interface PendingView {
  readonly sequence: number;
  /** Under which it is in flight. */
  readonly deliveryId: number;
  readonly consumer: string | null;
  readonly deliveries: number;
  readonly visibleAtMs: number;
}

/** In the order of their sequences. */
export interface PendingPage {
  readonly topicId: number;
  readonly groupId: number;
  readonly pending: readonly PendingView[];
  /** Sequence to go on after; null at the end. */
  readonly next: number | null;
}

/** Null answers: no such topic, group or message; `missing` says which. */
export interface Missing {
  readonly missing: 'topic' | 'group' | 'message';
}
