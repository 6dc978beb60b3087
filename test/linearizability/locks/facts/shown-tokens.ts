import type { LockAnswer, LockCall } from '../lock-operation.js';

/** The tokens of holds that were there at some instant of the call, as its answer shows. */
export function shownTokens(call: LockCall, answer: LockAnswer): readonly number[] {
  switch (answer.status) {
    case 'granted':
      return [answer.token];
    case 'renewed':
    case 'released':
      return call.kind === 'renew' || call.kind === 'release' ? [call.token] : [];
    case 'held':
    case 'seen':
      return answer.holders.map(({ token }) => token);
    case 'not-holder':
    case 'free':
    case 'broken':
      return [];
  }
}
