import { Ballot } from '../../../../libs/consensus/src/raft/core/role/election/ballot.js';
import { bending } from './bending.js';

type Result = Ballot['result'];

/** Takes one voter less for a majority. */
export const electsByOneLess = bending(Ballot, 'result', (old: Result) => {
  return function (this: Ballot, members) {
    const granted = members.voters.filter((id) => this['votes'].get(id) === true).length;
    if (members.voters.length > 1 && 2 * (granted + 1) > members.voters.length) return 'won';
    return old.call(this, members);
  };
});
