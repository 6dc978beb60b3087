import type { Outcome, Try, TryResult } from './call.js';

/** Answers that are not remembered under an Idempotency-Key: a repeat asks anew. */
const NOT_REMEMBERED = new Set(['LOCK_HELD', 'LOCK_WAIT_TIMEOUT']);

/** Whether a client without an answer to rely on has to try again. */
export function isUnsure(result: TryResult): boolean {
  return result.kind !== 'answered' || result.status === 503 || result.status === 504;
}

/** What a client knows after all its tries. */
export function outcomeOf(tries: readonly Try[]): Outcome {
  const last = tries.at(-1);
  if (last === undefined) return { kind: 'refused', code: 'NOT_TRIED' };
  const earlierMayHaveHappened = tries.slice(0, -1).some(({ result }) => mayHaveHappened(result));
  const { result } = last;
  if (mayHaveHappened(result)) return { kind: 'unknown' };
  if (result.kind === 'unreachable' || (result.kind === 'answered' && result.status === 503)) {
    if (earlierMayHaveHappened) return { kind: 'unknown' };
    return { kind: 'refused', code: codeOf(result) };
  }
  if (result.kind !== 'answered') return { kind: 'unknown' };
  // The first try may be granted later, when its node finds the next leader.
  if (earlierMayHaveHappened && NOT_REMEMBERED.has(result.code ?? '')) return { kind: 'unknown' };
  const { status, code, body } = result;
  return { kind: 'answered', status, code, body };
}

/** Whether a try without a sure answer may have done what it asked for, or may do it yet. */
export function mayHaveHappened(result: TryResult): boolean {
  switch (result.kind) {
    case 'lost':
      return true;
    case 'unreachable':
      return false;
    case 'answered':
      return result.status === 504;
  }
}

function codeOf(result: TryResult): string {
  switch (result.kind) {
    case 'answered':
      return result.code ?? String(result.status);
    case 'unreachable':
    case 'lost':
      return result.error;
  }
}
