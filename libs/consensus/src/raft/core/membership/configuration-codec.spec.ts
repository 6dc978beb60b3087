import { encode, MalformedError } from '../../../codec/tuple.js';
import { replicaId } from '../identifiers.js';
import { decodeConfiguration, encodeConfiguration } from './configuration-codec.js';
import { NO_MEMBERS } from './configuration.js';

const [a, b, c] = [replicaId('a'), replicaId('b'), replicaId('c')] as const;

describe('Configuration codec', () => {
  it.each([
    [NO_MEMBERS],
    [{ voters: [a], outgoingVoters: [], learners: [] }],
    [{ voters: [b, a], outgoingVoters: [a, c], learners: [c] }],
  ])('reads what it has written: %j', (members) => {
    expect(decodeConfiguration(encodeConfiguration(members))).toEqual(members);
  });

  it.each([
    ['no tuple', encode('a')],
    ['nothing', new Uint8Array(0)],
    ['too short', encode([['a'], []])],
    ['no name', encode([['a', ''], [], []])],
    ['a number', encode([['a', 1], [], []])],
    ['a name twice', encode([['a', 'a'], [], []])],
    ['learners alone', encode([[], [], ['a']])],
    ['a voter that is a learner', encode([['a'], [], ['a']])],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeConfiguration(bytes)).toThrow(MalformedError);
  });
});
