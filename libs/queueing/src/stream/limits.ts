/** Messages that a stream may have unacknowledged. */
export const PREFETCH_MAX = 1_000;
export const PREFETCH_DEFAULT = 10;

/** Streams of one node; each is an open connection with up to 8 MiB of messages under way. */
export const STREAMS_MAX = 1_000;

/** How long a stream waits for a leader before it tries again, milliseconds. */
export const STREAM_TIMEOUT_MS = 5_000;

/** Pause before a stream receives again after that failed, milliseconds. */
export const FAILED_RECEIVE_PAUSE_MS = 500;

/** Between looks whether a full stream's messages were acknowledged at other nodes, milliseconds. */
export const LOOK_INTERVAL_MS_MIN = 50;
export const LOOK_INTERVAL_MS_MAX = 1_000;

/** Messages of one look, and looks in a row: consumers of the same name are looked through, too. */
export const LOOK_MESSAGES = 1_000;
export const LOOK_PAGES_MAX = 20;

/** How long a reader may take nothing before it gets `overflow`, milliseconds. */
export const STALL_MS = 10_000;

/** Between looks whether a reader has taken what it was sent, milliseconds. */
export const DRAIN_LOOK_MS = 20;
