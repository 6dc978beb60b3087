import { NAME_LENGTH_MAX } from '../limits.js';
import { isCount, isText } from './wire-value.js';

/** The patterns of the microservice: everything a peer can say. */
export const PATTERNS = {
  /** Request: opens the handshake. */
  hello: 'peer.hello',
  /** Request: closes the handshake. */
  prove: 'peer.prove',
  /** Request: keeps a connection alive, measures the round trip, tells the cluster id. */
  ping: 'peer.ping',
  /** Event: `EventBatch`, on the channel `raft`. */
  events: 'peer.events',
  /** Event: `RequestBatch`, on the channel `bulk`. */
  requests: 'peer.requests',
  /** Request: answered by a stream of `ReplyBatch` for the life of the connection, on `bulk`. */
  replies: 'peer.replies',
} as const;

export type Pattern = (typeof PATTERNS)[keyof typeof PATTERNS];

/** The messages of one turn by topic, each topic once. */
export type EventBatch = readonly (readonly [topic: string, messages: readonly Uint8Array[]])[];

/** `id` is unique in its connection; `budgetMs` is what is left of the deadline when it is sent. */
export type WireRequest = readonly [id: number, method: string, budgetMs: number, body: Uint8Array];
export type RequestBatch = readonly WireRequest[];

/** What became of a request. */
export const REPLY_STATUS = {
  /** The payload is the handler's result. */
  ok: 0,
  /** The payload is the `RemoteError` that the handler threw. */
  error: 1,
  /** It never reached the handler; the payload is empty. */
  refused: 2,
  /** The handler ran and its reply could not be kept for a slow reader; the payload is empty. */
  dropped: 3,
} as const;

export type ReplyStatus = (typeof REPLY_STATUS)[keyof typeof REPLY_STATUS];
export type WireReply = readonly [id: number, status: ReplyStatus, payload: Uint8Array];
export type ReplyBatch = readonly WireReply[];

/** Whether a decoded value is an `EventBatch`. */
export function isEventBatch(value: unknown): value is EventBatch {
  return isArrayOf(
    value,
    (item) =>
      isTuple(item, 2) &&
      isText(item[0], NAME_LENGTH_MAX) &&
      isArrayOf(item[1], (message) => message instanceof Uint8Array),
  );
}

/** Whether a decoded value is a `RequestBatch`. */
export function isRequestBatch(value: unknown): value is RequestBatch {
  return isArrayOf(
    value,
    (item) =>
      isTuple(item, 4) &&
      isCount(item[0]) &&
      isText(item[1], NAME_LENGTH_MAX) &&
      isCount(item[2]) &&
      item[3] instanceof Uint8Array,
  );
}

/** Whether a decoded value is a `ReplyBatch`. */
export function isReplyBatch(value: unknown): value is ReplyBatch {
  return isArrayOf(
    value,
    (item) =>
      isTuple(item, 3) &&
      isCount(item[0]) &&
      isCount(item[1]) &&
      item[1] <= REPLY_STATUS.dropped &&
      item[2] instanceof Uint8Array,
  );
}

function isArrayOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isTuple(value: unknown, length: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length === length;
}
