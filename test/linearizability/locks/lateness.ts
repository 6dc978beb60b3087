import { keptUntil } from './hold-ending.js';
import { sameParty, type LockAnswer, type LockCall } from './lock-operation.js';
import type { Hold, LockState } from './lock-state.js';
import { shownTokens } from './facts/shown-tokens.js';

/**
 * Whether it is too late for this answer: it can be given neither in this state nor in any that
 * follows. Not all that is too late is recognized.
 */
export function isTooLate(state: LockState, call: LockCall, answer: LockAnswer): boolean {
  return (
    call.returnedAt < state.now || isHoldGone(state, call, answer) || isHeldOn(state, call, answer)
  );
}

/** The answer shows a hold that is gone, or should have been granted before another one was. */
function isHoldGone({ facts, holds, lastToken }: LockState, call: LockCall, answer: LockAnswer) {
  return shownTokens(call, answer).some((shown) => {
    // Of a grant that was told nobody can have learned before, and tokens grow.
    const toldBy = facts.told.get(shown);
    if (toldBy === undefined || shown > lastToken) return false;
    return (
      toldBy === call.record ||
      !holds.some(({ token, tokenBefore }) => token === shown || tokenBefore === shown)
    );
  });
}

/** There is a hold that the answer excludes, and it is seen after the answer, too. */
function isHeldOn({ facts, holds }: LockState, call: LockCall, answer: LockAnswer): boolean {
  return holds.some(
    (hold) => excludes(call, answer, hold) && keptUntil(hold, facts) > call.returnedAt,
  );
}

function excludes(call: LockCall, answer: LockAnswer, { party, mode, token }: Hold): boolean {
  switch (answer.status) {
    case 'granted': {
      const own = call.kind === 'acquire' && sameParty(call.party, party);
      return !own && (answer.mode === 'exclusive' || mode === 'exclusive');
    }
    case 'held':
    case 'seen': {
      const blind = call.kind === 'acquire' && sameParty(call.party, party);
      return (
        !blind && !answer.holders.some((seen) => sameParty(seen, party) && seen.token >= token)
      );
    }
    case 'free':
      return true;
    case 'renewed':
    case 'released':
    case 'not-holder':
    case 'broken':
      return false;
  }
}
