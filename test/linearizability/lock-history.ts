import { MalformedRecord } from './records/fields.js';
import type { LockRecord } from './records/lock-record.js';
import { readRecord } from './records/record-reading.js';

export type {
  ClaimedLock,
  LockInput,
  LockMode,
  LockOutput,
  LockRecord,
  ReleasedLock,
  SeenHolder,
  ToldGrant,
} from './records/lock-record.js';
export { MalformedRecord };

/** One line of a history, without its end. */
export function formatRecord(record: LockRecord): string {
  return JSON.stringify(record);
}

/**
 * Reads a history: a JSON record a line, in any order; empty lines are skipped.
 *
 * @throws MalformedRecord with the number of the line that is none.
 */
export function readHistory(text: string): readonly LockRecord[] {
  return text.split('\n').flatMap((line, position) => {
    if (line.trim() === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      return [readRecord(value)];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MalformedRecord(`line ${position + 1}: ${reason}`, { cause: error });
    }
  });
}
