import type { Entry } from '../entry.js';
import type { LogIndex, Term } from '../identifiers.js';

/**
 * Durable entries, read synchronously from the replica's disk.
 *
 * The core asks only for entries that it was told are durable, never for those it still holds.
 */
export interface LogReader {
  /** Entries in [from, toExclusive) until `bytesMax` is passed; at least one when there are any. */
  entries(from: LogIndex, toExclusive: LogIndex, bytesMax: number): readonly Entry[];
  /** The term of a durable entry or of the base; undefined when it is not there. */
  term(index: LogIndex): Term | undefined;
}
