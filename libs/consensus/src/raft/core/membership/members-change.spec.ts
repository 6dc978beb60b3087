import { replicaId } from '../identifiers.js';
import { configuration } from './configuration.js';
import { firstStep, lastStep } from './members-change.js';

const [a, b, c, d] = [replicaId('a'), replicaId('b'), replicaId('c'), replicaId('d')] as const;
const PRESENT = { ...configuration([a, b, c]), learners: [d] };

describe('A change of members', () => {
  it('takes one step when only learners change', () => {
    expect(firstStep(PRESENT, { voters: [c, b, a], learners: [] })).toEqual({
      ...PRESENT,
      learners: [],
    });
  });

  it('takes a joint configuration when voters change, and another one that ends it', () => {
    const joint = { voters: [b, c, d], outgoingVoters: [a, b, c], learners: [] };
    expect(firstStep(PRESENT, { voters: [b, c, d], learners: [] })).toEqual(joint);
    expect(lastStep(joint)).toEqual({ voters: [b, c, d], outgoingVoters: [], learners: [] });
  });

  it('an outgoing voter may become a learner', () => {
    expect(firstStep(PRESENT, { voters: [a, b], learners: [c, d] })).toEqual({
      voters: [a, b],
      outgoingVoters: [a, b, c],
      learners: [c, d],
    });
  });

  it('is none when all is as it should be, in whatever order', () => {
    expect(firstStep(PRESENT, { voters: [c, a, b], learners: [d] })).toBeNull();
  });

  it('names each replica once, and is the only one', () => {
    expect(() => firstStep(PRESENT, { voters: [a, b], learners: [b] })).toThrow('once');
    expect(() => firstStep(PRESENT, { voters: [a, a], learners: [] })).toThrow('once');
    const joint = { voters: [b], outgoingVoters: [a], learners: [] };
    expect(() => firstStep(joint, { voters: [b], learners: [] })).toThrow('one at a time');
  });
});
