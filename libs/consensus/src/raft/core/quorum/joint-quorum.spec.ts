import * as fc from 'fast-check';
import {
  configuration,
  isVoter,
  replicasOf,
  type Configuration,
} from '../membership/configuration.js';
import { replicaId } from '../identifiers.js';
import { jointReached, jointVote } from './joint-quorum.js';
import { majorityReached, majorityVote } from './majority-quorum.js';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map(replicaId);

const joint: fc.Arbitrary<Configuration> = fc.record({
  voters: fc.subarray(ids, { minLength: 1 }),
  outgoingVoters: fc.subarray(ids),
  learners: fc.constant([]),
});

describe('Joint quorum (Raft §6)', () => {
  it('reaches the lesser of what both halves reach', () => {
    fc.assert(
      fc.property(joint, fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }), (members, values) => {
        const valueOf = (id: string): number => values[ids.indexOf(replicaId(id))] ?? 0;
        const reached = jointReached(members, valueOf);
        const halves = [members.voters, members.outgoingVoters].filter((half) => half.length > 0);
        expect(reached).toBe(Math.min(...halves.map((half) => majorityReached(half, valueOf))));
      }),
      { seed: 3 },
    );
  });

  it.each([
    { a: true, b: true, d: true, e: true, result: 'won' },
    { a: true, b: true, result: 'pending' },
    { d: true, e: true, result: 'pending' },
    { a: true, b: true, d: false, e: false, result: 'lost' },
    { a: false, b: false, d: true, e: true, result: 'lost' },
    { a: true, b: true, c: true, d: true, result: 'pending' },
  ])('elects by both halves or not at all: %j', ({ result, ...votes }) => {
    const members = {
      voters: ['a', 'b', 'c'].map(replicaId),
      outgoingVoters: ['d', 'e', 'f'].map(replicaId),
      learners: [],
    };
    const given = new Map<string, boolean>(Object.entries(votes));
    expect(jointVote(members, (id) => given.get(id))).toBe(result);
  });

  it('outside a joint phase it is the majority of the voters', () => {
    const members = configuration(ids);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (votes) => {
        const voteOf = (id: string): boolean | undefined => votes[ids.indexOf(replicaId(id))];
        expect(jointVote(members, voteOf)).toBe(majorityVote(ids, voteOf));
      }),
      { seed: 4 },
    );
  });
});

describe('Configuration', () => {
  const [a, b, c, d] = [replicaId('a'), replicaId('b'), replicaId('c'), replicaId('d')] as const;

  it('names every replica that receives the log once, and who of them votes', () => {
    const members = { voters: [a, b], outgoingVoters: [b, c], learners: [c, d] };
    expect(replicasOf(members)).toEqual([a, b, c, d]);
    expect([a, b, c, d].map((id) => isVoter(members, id))).toEqual([true, true, true, false]);
  });

  it('has voters, each once', () => {
    expect(() => configuration([])).toThrow('Configuration: has a voter');
    expect(() => configuration([a, a])).toThrow('Configuration: voters differ');
  });
});
