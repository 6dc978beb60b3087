import type { LogIndex, Term } from './identifiers.js';

/**
 * `noop` opens a leader's term (Raft §8), `commands` carries a batch for the state machine,
 * `configuration` the members from here on (Raft §6, `encodeConfiguration`).
 */
export type EntryKind = 'noop' | 'commands' | 'configuration';

/** One entry of a group's replicated log. Immutable once made. */
export interface Entry {
  readonly term: Term;
  readonly index: LogIndex;
  readonly kind: EntryKind;
  /** Log time: milliseconds of Unix time stamped by the leader, never less than its predecessor. */
  readonly timeMs: number;
  readonly data: Uint8Array;
}

/** What an entry costs besides its data, for limits counted in bytes. */
const ENTRY_HEADER_BYTES = 32;

export function entryBytes(entry: Entry): number {
  return entry.data.byteLength + ENTRY_HEADER_BYTES;
}
