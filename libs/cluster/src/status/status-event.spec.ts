import { encode, MalformedError, replicaId } from '@sinkron/consensus';
import { decodeStatus, encodeStatus, type StatusEvent } from './status-event.js';

const EVENT: StatusEvent = {
  groups: [
    {
      id: 'coordination',
      term: 3,
      leader: 'node1',
      commitIndex: 120,
      appliedIndex: 119,
      members: {
        voters: [replicaId('node1/a'), replicaId('node2/b')],
        outgoingVoters: [replicaId('node1/a')],
        learners: [replicaId('node3/c')],
      },
    },
  ],
  complete: false,
  membersVersion: 7,
  life: { beat: 12, echo: { beat: 40, heldMs: 3 }, silences: [{ nodeId: 'node3', silenceMs: 25 }] },
};

describe('A status event', () => {
  it('comes out as it went in', () => {
    expect(decodeStatus(encodeStatus(EVENT))).toEqual(EVENT);
    const life = { beat: 0, echo: null, silences: [] };
    const first = { groups: [], complete: true, membersVersion: 0, life };
    expect(decodeStatus(encodeStatus(first))).toEqual(first);
  });

  it('may have more fields than this version knows', () => {
    expect(decodeStatus(encode([[], 4, [], 5, null, true, 'more']))).toEqual({
      groups: [],
      complete: true,
      membersVersion: 4,
      life: { beat: 5, echo: null, silences: [] },
    });
  });

  const group = ['g', 1, null, 0, 0, ['node1/a'], [], []];
  it.each([
    ['no tuple', {}],
    ['no groups', [null, 0, [], 0, null, true]],
    ['no word on whether it is complete', [[], 0, [], 0, null]],
    ['a version below 0', [[], -1, [], 0, null, true]],
    ['a silence below 0', [[], 0, [['node2', -1]], 0, null, true]],
    ['no beat', [[], 0, [], null, null, true]],
    ['an echo that is none', [[], 0, [], 0, 5, true]],
    ['an echo held for less than nothing', [[], 0, [], 0, [1, -1], true]],
    ['a group without members', [[group.slice(0, 5)], 0, [], 0, null, true]],
    [
      'a voter that is no replica',
      [[[...group.slice(0, 5), ['node1'], [], []]], 0, [], 0, null, true],
    ],
  ])('is refused with %s', (_what, value) => {
    expect(() => decodeStatus(encode(value))).toThrow(MalformedError);
  });
});
