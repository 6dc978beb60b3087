import { explainConflict, explainViolation, recordsOfSession } from './explanation/explanation.js';
import { checkLinearizable } from './linearizability.js';
import { LockModel } from './lock-model.js';
import type { LeaseClock } from './locks/lease-clock.js';
import { readLockFacts } from './locks/facts/lock-facts.js';
import { lockOperations } from './locks/projection.js';
import { readSessions, sessionObjection } from './locks/facts/session-facts.js';
import { tokenConflict } from './locks/token-order.js';
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

export interface LockCheckOptions {
  readonly clock: LeaseClock;
  /** Steps of the search, for each lock, after which it gives up. */
  readonly stepsMax: number;
}

/** For histories of real nodes, whose clocks are those of their machine. */
export const LOCK_CHECK_DEFAULTS: LockCheckOptions = {
  clock: { rateMax: 1.001, slackMs: 20 },
  stepsMax: 2_000_000,
};

export type LockVerdict =
  | {
      readonly kind: 'linearizable';
      readonly locks: number;
      readonly operations: number;
      readonly steps: number;
    }
  /** `about` is a lock, `session <id>`, or `tokens`. */
  | { readonly kind: 'violation'; readonly about: string; readonly explanation: string }
  /** The search gave up: neither proved nor refuted. */
  | { readonly kind: 'undecided'; readonly about: string; readonly steps: number };

/**
 * Whether the cluster can have been one lock table that did each call at one instant between its
 * start and its answer, and whether leases, rests and sessions kept to their times.
 */
export function checkLockHistory(
  records: readonly LockRecord[],
  { clock, stepsMax }: LockCheckOptions = LOCK_CHECK_DEFAULTS,
): LockVerdict {
  const sessions = readSessions(records, clock);
  for (const session of sessions.values()) {
    const objection = sessionObjection(session);
    if (objection === null) continue;
    const explanation = explainConflict(objection, recordsOfSession(session, records));
    return { kind: 'violation', about: `session ${session.sessionId}`, explanation };
  }
  const facts = readLockFacts(records, sessions);
  const conflict = tokenConflict(records, facts);
  if (conflict !== null) {
    const explanation = explainConflict(conflict.objection, conflict.records);
    return { kind: 'violation', about: 'tokens', explanation };
  }
  const operations = lockOperations(records);
  const model = new LockModel(facts, clock);
  const verdict = checkLinearizable(operations, model, { stepsMax });
  const { steps } = verdict;
  switch (verdict.kind) {
    case 'linearizable': {
      const locks = new Set(operations.map(({ key }) => key)).size;
      return { kind: 'linearizable', locks, operations: operations.length, steps };
    }
    case 'violation': {
      const explanation = explainViolation(verdict, model, records);
      return { kind: 'violation', about: verdict.key, explanation };
    }
    case 'undecided':
      return { kind: 'undecided', about: verdict.key, steps };
  }
}

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
