/** Bytes of a request target; the longest route with two 256-byte names, percent-encoded, is under 2 KiB. */
export const URI_BYTES_MAX = 8_192;
/** Bytes of all headers together with the request line; above it the request is cut off unread. */
export const HEADER_BYTES_MAX = 16_384;
/** Characters of one path parameter as sent: 256 bytes percent-encoded are 768. */
export const PARAMETER_LENGTH_MAX = 2_048;
/** Bytes of a body, unless the route raises it with `@BodyLimit`. */
export const BODY_BYTES_MAX = 1_048_576;
/** Levels of arrays and objects in a body: code that walks a body may recurse without fear. */
export const BODY_DEPTH_MAX = 100;
/** Entries of `errors` in one answer: a bad batch of 1,000 messages must not answer megabytes. */
export const FIELD_ERRORS_MAX = 100;
/** Characters of a field's path in an answer: it is the caller's text, up to a whole body long. */
export const FIELD_LENGTH_MAX = 512;
/** Bytes of UTF-8 of a name of a lock, group, cache or key. */
export const NAME_BYTES_MAX = 256;
/** Characters of `X-Request-Id` that are echoed. */
export const REQUEST_ID_LENGTH_MAX = 128;
/** Characters of `Idempotency-Key`. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 128;
/** Milliseconds of `X-Timeout-Ms`: less cannot be met over a network. */
export const TIMEOUT_MS_MIN = 100;
/** Milliseconds of `X-Timeout-Ms`: more than a minute, a client should ask again. */
export const TIMEOUT_MS_MAX = 60_000;
/** Milliseconds of a caller's patience when `X-Timeout-Ms` is not sent. */
export const TIMEOUT_MS_DEFAULT = 5_000;
/** Items of one page. */
export const PAGE_LIMIT_MAX = 1_000;
/** Items of one page when `limit` is not sent. */
export const PAGE_LIMIT_DEFAULT = 100;
/** Seconds of `Retry-After` unless the refusal knows better: about one election. */
export const RETRY_AFTER_S_DEFAULT = 1;
/** Milliseconds that a refused connection may go on sending, so that it reads why it was refused. */
export const LINGER_MS = 1_000;

/** Bytes that a reader of a stream may be behind what was sent to it; beyond, it is closed. */
export const EVENT_STREAM_BEHIND_BYTES_MAX = 1_048_576;
/** Milliseconds between comments on a stream; proxies commonly cut off at 30 s or 60 s of silence. */
export const EVENT_STREAM_COMMENT_INTERVAL_MS = 15_000;
/** Milliseconds that the reader of an ended stream has for taking what it was sent. */
export const EVENT_STREAM_LINGER_MS = 30_000;

/** How long a connection may take; tests make them short. */
export interface HttpTimeouts {
  /** Milliseconds from the first byte of a request to the last of its headers. */
  readonly headersTimeoutMs: number;
  /** Milliseconds from the first byte of a request to the last of its body. */
  readonly requestTimeoutMs: number;
  /** Milliseconds without a byte in either direction. */
  readonly connectionTimeoutMs: number;
  /** Milliseconds that an idle connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** Milliseconds between looks for connections that are late. */
  readonly checkIntervalMs: number;
}

export const HTTP_TIMEOUTS: HttpTimeouts = Object.freeze({
  headersTimeoutMs: 10_000,
  // 8 MiB at 2 Mbit/s.
  requestTimeoutMs: 35_000,
  // A waiting acquire is silent for up to 300 s, and its caller's deadline is 60 s on top.
  connectionTimeoutMs: 400_000,
  // Longer than the 60 s of common proxies, so that the proxy and not the node closes first.
  keepAliveTimeoutMs: 72_000,
  checkIntervalMs: 1_000,
});
/**
 * Milliseconds between samples of prom-client's `nodejs_eventloop_lag_*`, which are dropped: each sample wakes
 * an idle process up. `sinkron_event_loop_delay_seconds` tells the same.
 */
export const LOOP_LAG_RESOLUTION_MS = 3_600_000;
/** What those are. */
export const LOOP_LAG_STATISTICS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const;
