/** Bytes of one frame after its length: three bodies of 8 MiB, the largest request a client may send. */
export const FRAME_BYTES_MAX = 24 * 1024 * 1024;
/** Bytes of a frame around its messages: envelope, names and numbers. */
export const FRAME_OVERHEAD_BYTES = 4 * 1024;
/** Bytes of one event, request body or reply, so that it fits a frame alone. */
export const MESSAGE_BYTES_MAX = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES;
/** Bytes of a frame before the handshake is complete: what a stranger can make us hold. */
export const UNAUTHENTICATED_FRAME_BYTES_MAX = 8 * 1024;
/** Connections without a complete handshake; the oldest gives way, so strangers cannot lock peers out. */
export const UNAUTHENTICATED_CONNECTIONS_MAX = 64;
/** Guests, nodes that are no peers (yet) and may ask little: the oldest gives way, and comes again. */
export const GUESTS_MAX = 16;
/** Requests of one guest without a reply: it asks one thing after the other. */
export const GUEST_REQUESTS_IN_FLIGHT_MAX = 8;
/** Bytes of messages gathered into one frame: decoding a larger one would stall the event loop. */
export const BATCH_BYTES_MAX = 1024 * 1024;
/**
 * Bytes of events that wait for one peer, above which more are dropped: what takes longer than an
 * election timeout to be read is worth nothing to Raft. One event alone may be longer.
 */
export const UNSENT_EVENT_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of requests, or of replies, that wait for one peer: more are refused, or dropped. */
export const UNSENT_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes at which a socket is destroyed, should a caller write without asking first. */
export const UNSENT_BYTES_FATAL = 2 * UNSENT_BYTES_MAX;
/** Requests to one peer without a reply: at 1 KiB each this is 8 MiB of promises and buffers. */
export const REQUESTS_IN_FLIGHT_MAX = 8192;
/** Milliseconds a request may wait for its reply: the longest wait a client may ask for, twice. */
export const REQUEST_TIMEOUT_MS_MAX = 600_000;
/** Arrays and maps inside each other; a deeper value would exhaust the stack of the decoder. */
export const NESTING_DEPTH_MAX = 64;
/** Characters of a method or topic name. */
export const NAME_LENGTH_MAX = 128;
/** Characters of a sentence that says why a handshake was refused. */
export const REFUSAL_LENGTH_MAX = 512;
/** Characters of a peer's base URL. */
export const HTTP_URL_LENGTH_MAX = 1024;
/** Roles that a peer may claim: more than exist today, so that later versions can be read. */
export const ROLES_COUNT_MAX = 32;
/** Characters of a role or of a cluster id. */
export const IDENTIFIER_LENGTH_MAX = 128;
/** Bytes of a handshake nonce: 256 random bits never repeat. */
export const NONCE_BYTES = 32;
/** Milliseconds that a refused connection stays open, so that the peer can read why. */
export const REFUSAL_LINGER_MS = 200;
/** Milliseconds of idleness after which the kernel probes a connection. */
export const KEEP_ALIVE_DELAY_MS = 15_000;
/** Pings without an answer; at the next one the connection is destroyed. */
export const UNANSWERED_PINGS_MAX = 2;
/**
 * How much rarer pings are on the channel `bulk`: there they wait behind megabytes, and the
 * silence of a dead peer is noticed on the channel `raft`, which takes this one down with it.
 */
export const BULK_PING_INTERVAL_FACTOR = 10;
/** Pings without an answer on a connection on which other things are heard. */
export const PINGS_IN_FLIGHT_MAX = 64;
/** Milliseconds between two log lines about strangers; more would let them fill the disk. */
export const STRANGER_LOG_INTERVAL_MS = 1_000;
