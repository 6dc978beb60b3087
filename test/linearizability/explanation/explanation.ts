import type { LockState } from '../locks/lock-state.js';
import type { LockModel } from '../lock-model.js';
import type { LockAnswer, LockCall, LockOperation } from '../locks/lock-operation.js';
import type { SessionFacts } from '../locks/facts/session-facts.js';
import type { Violation } from '../operation.js';
import type { LockRecord } from '../records/lock-record.js';
import { namesOf } from '../records/record-reading.js';
import { recordLine } from './lines.js';

/** Records of the order before its end that are shown. */
const ORDER_SHOWN = 12;

/** Records by time of call before the last that are shown. */
const RECORDS_SHOWN = 40;

/** A violation as text: what happened to the lock, how far it can be explained, and what cannot. */
export function explainViolation(
  violation: Violation<LockCall, LockAnswer>,
  model: LockModel,
  records: readonly LockRecord[],
): string {
  const { key, operations, linearized, blocked } = violation;
  const last = Math.max(...operations.map(({ invokedAt }) => invokedAt));
  const about = records.filter(({ input, invokedAt }) => {
    return invokedAt <= last && namesOf(input).includes(key);
  });
  const line = (operation: LockOperation): string => {
    const record = records[operation.input.record];
    return record === undefined ? '' : recordLine(record);
  };
  return [
    `lock ${key}: no order of these calls explains their answers.`,
    '',
    `Calls by time (${shownOf(about.length, RECORDS_SHOWN)}):`,
    ...byCall(about)
      .slice(-RECORDS_SHOWN)
      .map((record) => `  ${recordLine(record)}`),
    '',
    `The longest order that is possible (${shownOf(linearized.length, ORDER_SHOWN)}):`,
    ...linearized.slice(-ORDER_SHOWN).map((operation) => `  ${line(operation)}`),
    '',
    'What could have come next, and why it cannot:',
    ...blocked.flatMap((operation) => [
      `  ${line(operation)}`,
      ...objections(model, key, linearized, operation).map((text) => `      ${text}`),
    ]),
  ].join('\n');
}

/** What two or more records contradict, as text. */
export function explainConflict(objection: string, records: readonly LockRecord[]): string {
  return [`${objection}:`, ...byCall(records).map((record) => `  ${recordLine(record)}`)].join(
    '\n',
  );
}

/** The records that speak of a session. */
export function recordsOfSession(
  { sessionId }: SessionFacts,
  records: readonly LockRecord[],
): readonly LockRecord[] {
  return records.filter(({ input, output }) => {
    const named = 'sessionId' in input && input.sessionId === sessionId;
    return named || (output?.status === 'created' && output.sessionId === sessionId);
  });
}

/** Why the operation cannot follow the order. */
function objections(
  model: LockModel,
  key: string,
  order: readonly LockOperation[],
  next: LockOperation,
): readonly string[] {
  let states = [model.initial(key)];
  for (const { input, output } of order) {
    const after = states.flatMap((state) => model.step(state, input, output));
    const nameOf = (state: LockState): string => {
      return `${model.identify(state)} ${model.burdens(state).join()}`;
    };
    states = [...new Map(after.map((state) => [nameOf(state), state])).values()];
  }
  const texts = states.flatMap((state) => model.objections(state, next.input, next.output));
  // It can follow, but then another one cannot.
  return texts.length === 0 ? ['possible here, but it leads no further'] : [...new Set(texts)];
}

function byCall(records: readonly LockRecord[]): readonly LockRecord[] {
  return records.toSorted((left, right) => left.invokedAt - right.invokedAt);
}

function shownOf(count: number, shownMax: number): string {
  return count <= shownMax ? `${count}` : `the last ${shownMax} of ${count}`;
}
