/**
 * Commands of one proposer between the oldest without an acknowledged result and the newest.
 * Their results fill a ring of as many records, so closing a proposer stays one bounded apply.
 */
export const PROPOSER_WINDOW = 900;

/** Records that one apply may touch, so that no entry holds up the event loop. */
export const RECORDS_PER_APPLY_MAX = 1000;

/** Idempotency keys that one group remembers; beyond it requests with a new key are refused. */
export const IDEMPOTENCY_KEYS_MAX = 1_000_000;

/** How long an idempotency key is remembered, in log time. */
export const IDEMPOTENCY_WINDOW_MS = 600_000;

/** Expired idempotency keys forgotten with each command that brings one. */
export const IDEMPOTENCY_SWEEP_MAX = 4;

/** Silence after which a proposer's node is taken for dead and the proposer is closed. */
export const PROPOSER_SILENCE_MS = 10_000;

/** Between a leader's looks at who has opened proposers: a hundredth of its processor time while it idles. */
export const PROPOSER_LOOK_INTERVAL_MS = 200;

/**
 * Characters of a proposer's id, of its node and process, of an idempotency scope and fingerprint:
 * far above what nodes make, and they fit a key of the state store.
 */
export const COMMAND_NAME_LENGTH_MAX = 256;
