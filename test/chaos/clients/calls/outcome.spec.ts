import type { Outcome, Try, TryResult } from './call.js';
import { isUnsure, outcomeOf } from './outcome.js';

const GRANTED = answer(200, null);
const HELD = answer(409, 'LOCK_HELD');
const NOT_HOLDER = answer(409, 'NOT_HOLDER');
const NO_LEADER = answer(503, 'NO_LEADER');
const OUTCOME_UNKNOWN = answer(504, 'OUTCOME_UNKNOWN');
const LOST: TryResult = { kind: 'lost', error: 'ECONNRESET' };
const UNREACHABLE: TryResult = { kind: 'unreachable', error: 'ECONNREFUSED' };

function answer(status: number, code: string | null): TryResult {
  return { kind: 'answered', status, code, body: null, replayed: false };
}

function after(...results: readonly TryResult[]): string {
  const tries: Try[] = results.map((result) => ({ node: 'node1', sentAt: 0, endedAt: 1, result }));
  return text(outcomeOf(tries));
}

function text(outcome: Outcome): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
}

describe('the outcome of a call', () => {
  it('is what was answered', () => {
    expect([after(GRANTED), after(HELD), after(NO_LEADER, GRANTED)]).toEqual(['200', '409', '200']);
    expect(after(LOST, GRANTED)).toBe('200');
  });

  it('is that nothing happened only when no try can have done anything', () => {
    expect([after(NO_LEADER), after(UNREACHABLE, NO_LEADER)]).toEqual(['NO_LEADER', 'NO_LEADER']);
    expect([after(LOST, NO_LEADER), after(OUTCOME_UNKNOWN, UNREACHABLE)]).toEqual([
      'unknown',
      'unknown',
    ]);
  });

  it('is unknown after an answer that is not remembered, when an earlier try may be granted yet', () => {
    expect([after(LOST, HELD), after(LOST, NOT_HOLDER)]).toEqual(['unknown', '409']);
  });

  it('makes a client try again when it cannot be sure', () => {
    const unsure = [NO_LEADER, OUTCOME_UNKNOWN, LOST, UNREACHABLE].map(isUnsure);
    expect(unsure).toEqual([true, true, true, true]);
    expect([GRANTED, HELD, NOT_HOLDER].map(isUnsure)).toEqual([false, false, false]);
  });
});
