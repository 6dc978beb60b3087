import type { LogEntryRecord } from '../log/log-entry-record.js';

/** Entries `from` to `to`, both included. */
export function logEntries(from: number, to: number, term = 1): LogEntryRecord[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    index: from + at,
    term,
    kind: 3,
    timeMs: 1_700_000_000_000.25 + from + at,
    data: Buffer.from(`entry ${from + at} of term ${term}`),
  }));
}
