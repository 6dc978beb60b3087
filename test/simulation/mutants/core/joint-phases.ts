import { Ballot } from '../../../../libs/consensus/src/raft/core/role/election/ballot.js';
import { Leadership } from '../../../../libs/consensus/src/raft/core/role/leadership.js';
import { bending } from './bending.js';

/** Counts the new voters alone, while the old ones still have their say. */
export const commitsByNewHalf = bending(Leadership, 'commitReached', (old: () => void) => {
  return function (this: Leadership) {
    const { membership } = this['options'];
    const { effective } = membership;
    Object.defineProperty(membership, 'effective', {
      configurable: true,
      value: { ...effective, outgoingVoters: [] },
    });
    try {
      old.call(this);
    } finally {
      Reflect.deleteProperty(membership, 'effective');
    }
  };
});

type Result = Ballot['result'];

/** Is content with the votes of the new voters. */
export const electsByNewHalf = bending(Ballot, 'result', (old: Result) => {
  return function (this: Ballot, members) {
    return old.call(this, { ...members, outgoingVoters: [] });
  };
});
