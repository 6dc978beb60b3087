import * as fc from 'fast-check';
import { replicaId, type ReplicaId } from '../identifiers.js';
import { majorityReached, majoritySize, majorityVote, type VoteResult } from './majority-quorum.js';

/** Every way to choose `count` of `voters`, the slow and obvious way. */
function subsets(voters: readonly ReplicaId[], count: number): readonly (readonly ReplicaId[])[] {
  if (count === 0) return [[]];
  return voters.flatMap((voter, position) =>
    subsets(voters.slice(position + 1), count - 1).map((rest) => [voter, ...rest]),
  );
}

/** Sets of voters of which no two are disjoint and none can be smaller. */
function majorities(voters: readonly ReplicaId[]): readonly (readonly ReplicaId[])[] {
  let size = 0;
  while (2 * size <= voters.length) size += 1;
  return subsets(voters, size);
}

function obviouslyReached(voters: readonly ReplicaId[], values: Map<ReplicaId, number>): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const majority of majorities(voters)) {
    best = Math.max(best, Math.min(...majority.map((voter) => values.get(voter) ?? 0)));
  }
  return best;
}

function obviousVote(voters: readonly ReplicaId[], votes: Map<ReplicaId, boolean>): VoteResult {
  const all = majorities(voters);
  if (all.some((majority) => majority.every((voter) => votes.get(voter) === true))) return 'won';
  const open = all.some((majority) => majority.every((voter) => votes.get(voter) !== false));
  return open ? 'pending' : 'lost';
}

const voterIds = fc
  .integer({ min: 1, max: 9 })
  .map((size) => Array.from({ length: size }, (_, position) => replicaId(`r${position}`)));

function answers<T>(value: fc.Arbitrary<T>) {
  return voterIds.chain((voters) =>
    fc
      .array(fc.option(value, { nil: undefined }), {
        minLength: voters.length,
        maxLength: voters.length,
      })
      .map((values) => {
        const given = new Map<ReplicaId, T>();
        voters.forEach((voter, position) => {
          const answer = values[position];
          if (answer !== undefined) given.set(voter, answer);
        });
        return { voters, given };
      }),
  );
}

describe('Majority quorum', () => {
  it('reaches what the obvious search over all majorities reaches, for 1 to 9 voters', () => {
    fc.assert(
      fc.property(answers(fc.integer({ min: 0, max: 12 })), ({ voters, given }) => {
        const reached = majorityReached(voters, (voter) => given.get(voter) ?? 0);
        expect(reached).toBe(obviouslyReached(voters, given));
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('decides as the obvious count does, for 1 to 9 voters', () => {
    fc.assert(
      fc.property(answers(fc.boolean()), ({ voters, given }) => {
        const result = majorityVote(voters, (voter) => given.get(voter));
        expect(result).toBe(obviousVote(voters, given));
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('two majorities share a voter, and a smaller set would not do', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(majoritySize)).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it('no voters stand for the absent half of a joint quorum: they agree to everything', () => {
    expect(majorityReached([], () => 0)).toBe(Number.POSITIVE_INFINITY);
    expect(majorityVote([], () => false)).toBe('won');
  });
});
