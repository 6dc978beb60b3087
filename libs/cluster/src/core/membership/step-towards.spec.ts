import { stepTowards, type Change } from './step-towards.js';

/** All replicas are to vote, and node1 leads; who lives is heard, and learners that do have caught up. */
function step(
  [voters, learners]: readonly [voters: readonly string[], learners: readonly string[]],
  { desired, dead }: { readonly desired: readonly string[]; readonly dead: readonly string[] },
): Change<string> | null {
  const living = [...voters, ...learners].filter((replica) => !dead.includes(replica));
  return stepTowards(
    { voters: desired, isDead: (replica) => dead.includes(replica) },
    {
      members: { voters, outgoingVoters: [], learners },
      self: 'node1',
      heard: new Set(living),
      caughtUp: new Set(learners.filter((learner) => living.includes(learner))),
    },
  );
}

describe('stepTowards', () => {
  const three = { desired: ['node1', 'node2', 'node3'], dead: ['node3'] };

  // Breaks otherwise: the data stays on one disk for as long as the third node is dead.
  it('grows without the dead, which votes when it has come', () => {
    expect(step([['node1'], ['node2', 'node3']], three)).toEqual({
      voters: ['node1', 'node2'],
      learners: ['node3'],
    });
    const two = [['node1', 'node2'], ['node3']] as const;
    expect(step(two, three)).toBeNull();
    expect(step(two, { ...three, dead: [] })).toEqual({ voters: three.desired, learners: [] });
  });

  it('does not lose a vote to a dead node, nor for it', () => {
    const move = { desired: ['node1', 'node2', 'node4'], dead: ['node4'] };
    expect(step([['node1', 'node2', 'node3'], ['node4']], move)).toBeNull();
  });
});
