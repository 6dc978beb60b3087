import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';

/** One message of a publish as its client writes it. */
export interface NewMessage {
  /** Never used twice. */
  readonly body: string;
  readonly key?: string;
  readonly priority?: number;
  readonly delayMs?: number;
  readonly deduplicationId?: string;
}

/** What a client wants of queues. */
export type QueueOrder =
  | { readonly kind: 'publish'; readonly topic: string; readonly messages: readonly NewMessage[] }
  | {
      readonly kind: 'receive';
      readonly topic: string;
      readonly group: string;
      readonly max: number;
      readonly waitMs: number;
      /** Null: the topic's. */
      readonly visibilityMs: number | null;
    }
  | SettleOrder
  | { readonly kind: 'redrive'; readonly topic: string; readonly max: number }
  /** Makes what a run begins with. */
  | { readonly kind: 'make'; readonly command: MakeCommand }
  | { readonly kind: 'look'; readonly topic: string; readonly group: string };

export type MakeCommand = Extract<TopicCommand, { readonly kind: 'configure' | 'create-group' }>;

export interface SettleOrder {
  readonly kind: 'ack' | 'nack' | 'extend';
  readonly topic: string;
  readonly group: string;
  /** As clients have them. */
  readonly receipts: readonly string[];
  /** Of a nack: null leaves it to the topic. */
  readonly delayMs: number | null;
  readonly deadLetter: boolean;
  /** Of an extension. */
  readonly visibilityMs: number;
}

/** A message as its consumer got it. */
export interface ReceivedMessage {
  readonly id: string;
  readonly value: string;
  readonly key: string | null;
  readonly deliveries: number;
  readonly receipt: string;
}

/** A delivery that a client may say something of. */
export interface HeldMessage extends ReceivedMessage {
  readonly topic: string;
  readonly group: string;
}

/**
 * How an operation is repeated after a try without an answer: under an Idempotency-Key, by the
 * deduplication ids of its messages, as it is, or not at all.
 */
export type Repeats = 'key' | 'deduplication' | 'plainly' | 'never';

/** What a client wants once; it may take several tries. */
export interface QueueOperation {
  /** Unique in a run. */
  readonly id: number;
  readonly order: QueueOrder;
  readonly repeats: Repeats;
  /** When it was asked for first, on the clock of the history. */
  readonly from: number;
}
