/** Commands in one log entry: amortises the entry's cost, keeps one apply short. */
export const ENTRY_COMMANDS_MAX = 256;

/** Bytes of commands in one log entry (a single larger command still goes, alone). */
export const ENTRY_BYTES_MAX = 256 * 1024;

/** Commands that wait for a flush under way before they are appended all the same. */
export const GATHERED_COMMANDS_MAX = 128;

/** Commands proposed at a leader and not yet applied; beyond it the caller is refused. */
export const PROPOSALS_MAX = 16_384;

/** Bytes of such commands. */
export const PROPOSALS_BYTES_MAX = 32 * 1024 * 1024;

/** Entries applied in one turn of the event loop before others get theirs. */
export const APPLY_ENTRIES_MAX = 64;

/** Bytes of entries read from the log for one turn of applying. */
export const APPLY_BYTES_MAX = 1024 * 1024;
