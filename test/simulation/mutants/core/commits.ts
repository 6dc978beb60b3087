import { Leadership } from '../../../../libs/consensus/src/raft/core/role/leadership.js';
import { RaftLog } from '../../../../libs/consensus/src/raft/core/log/raft-log.js';
import { bending, together } from './bending.js';

type CommitReached = (this: Leadership) => void;

/**
 * Commits what a majority has, whatever term it is of (Raft Figure 8). Entries go one a message: with
 * all of them in one, an older entry never arrives without the one that opens the term.
 */
export const countsOlderTerms = together(
  bending(Leadership, 'commitReached', (old: CommitReached) => {
    return function (this: Leadership) {
      const { log, term } = this['options'];
      log.term = () => term;
      try {
        old.call(this);
      } finally {
        Reflect.deleteProperty(log, 'term');
      }
    };
  }),
  bending(RaftLog, 'entries', (old: (this: RaftLog, ...range: never[]) => readonly unknown[]) => {
    return function (this: RaftLog, ...range: never[]) {
      return old.apply(this, range).slice(0, 1);
    };
  }),
);

/** Takes one voter less for a majority: the one that is furthest behind counts unasked. */
export const commitsByOneLess = bending(Leadership, 'commitReached', (old: CommitReached) => {
  return function (this: Leadership) {
    const { log } = this['options'];
    const members = this['members'];
    const honest = this.matchIndexOf.bind(this);
    const [last] = [...members.voters].sort((left, right) => honest(left) - honest(right));
    this.matchIndexOf = (id) => (id === last ? log.lastIndex : honest(id));
    try {
      old.call(this);
    } finally {
      Reflect.deleteProperty(this, 'matchIndexOf');
    }
  };
});
