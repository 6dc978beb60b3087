import fc from 'fast-check';
import { MalformedError } from '../../codec/tuple.js';
import { logIndex, replicaId, term } from '../core/identifiers.js';
import { encodeConfiguration } from '../core/membership/configuration-codec.js';
import type { Message } from '../core/message.js';
import { decodeMessage, encodeMessage } from './message-codec.js';

const header = { from: replicaId('node1/a'), to: replicaId('node2/b'), term: term(7) };
const entry = {
  term: term(6),
  index: logIndex(4),
  kind: 'commands',
  timeMs: 1_800_000_000_000,
  data: new Uint8Array([1, 2, 3]),
} as const;

/** An append request that makes these the members. */
function changing(voters: readonly string[], learners: readonly string[] = []): Message {
  const change = {
    voters: voters.map(replicaId),
    outgoingVoters: [],
    learners: learners.map(replicaId),
  };
  const data = encodeConfiguration(change);
  return {
    kind: 'appendRequest',
    ...header,
    prevLogIndex: logIndex(3),
    prevLogTerm: term(5),
    entries: [{ ...entry, kind: 'configuration', data }],
    leaderCommit: logIndex(2),
    round: 9,
  };
}

const MESSAGES: readonly Message[] = [
  changing(['node1/a', 'node2/b'], ['node3/c']),
  { kind: 'preVoteRequest', ...header, lastLogIndex: logIndex(3), lastLogTerm: term(2) },
  { kind: 'preVoteResponse', ...header, wallMs: 5, granted: true },
  {
    kind: 'voteRequest',
    ...header,
    lastLogIndex: logIndex(3),
    lastLogTerm: term(2),
    transfer: true,
  },
  { kind: 'voteResponse', ...header, wallMs: 5, granted: false },
  {
    kind: 'appendRequest',
    ...header,
    prevLogIndex: logIndex(3),
    prevLogTerm: term(5),
    entries: [entry],
    leaderCommit: logIndex(2),
    round: 9,
  },
  {
    kind: 'appendResponse',
    ...header,
    wallMs: 5,
    round: 9,
    outcome: { accepted: true, matchIndex: logIndex(4) },
  },
  {
    kind: 'appendResponse',
    ...header,
    wallMs: 5,
    round: 9,
    outcome: {
      accepted: false,
      rejectedIndex: logIndex(3),
      hintIndex: logIndex(2),
      hintTerm: term(1),
    },
  },
  { kind: 'heartbeatRequest', ...header, round: 9, leaderCommit: logIndex(2) },
  { kind: 'heartbeatResponse', ...header, wallMs: 5, round: 9 },
  {
    kind: 'snapshotRequest',
    ...header,
    point: { index: logIndex(3), term: term(2), timeMs: 1_800_000_000_000 },
    stream: 4,
    sequence: 7,
    data: new Uint8Array([1, 2, 3]),
    done: true,
  },
  {
    kind: 'snapshotResponse',
    ...header,
    wallMs: 5,
    stream: 4,
    outcome: { kind: 'held', matchIndex: logIndex(3) },
  },
  {
    kind: 'snapshotResponse',
    ...header,
    wallMs: 5,
    stream: 4,
    outcome: { kind: 'wants', sequence: 8 },
  },
  { kind: 'timeoutNowRequest', ...header },
];

/** msgpackr gives Buffers; the comparison is of bytes. */
function plain(message: Message): Message {
  if (message.kind === 'snapshotRequest')
    return { ...message, data: Uint8Array.from(message.data) };
  if (message.kind !== 'appendRequest') return message;
  const entries = message.entries.map((one) => ({ ...one, data: Uint8Array.from(one.data) }));
  return { ...message, entries };
}

describe('Raft message codec', () => {
  it.each(MESSAGES)('brings back a $kind', (message) => {
    const { group, message: decoded } = decodeMessage(encodeMessage('coordination', message));
    expect(group).toBe('coordination');
    expect(plain(decoded)).toEqual(message);
  });

  it('refuses entries with a gap', () => {
    const gapped: Message = {
      kind: 'appendRequest',
      ...header,
      prevLogIndex: logIndex(9),
      prevLogTerm: term(5),
      entries: [entry],
      leaderCommit: logIndex(2),
      round: 9,
    };
    expect(() => decodeMessage(encodeMessage('g', gapped))).toThrow(MalformedError);
  });

  // Breaks otherwise: the answer to such a replica cannot be sent, and the node stops.
  it.each(['', 'node1', '/a', 'NODE!/a'])(
    'refuses a message from %j, which is no replica',
    (name) => {
      const [heartbeat] = MESSAGES.filter(({ kind }) => kind === 'heartbeatRequest');
      if (heartbeat === undefined) throw new Error('no heartbeat');
      const from = { ...heartbeat, from: replicaId(name) };
      expect(() => decodeMessage(encodeMessage('g', from))).toThrow(MalformedError);
    },
  );

  // Breaks otherwise: the log has it, and whoever is named there is to be sent messages.
  it.each([
    ['whom nothing can be sent to', changing(['node1/a', 'node2'])],
    ['of a group without voters', changing([])],
    ['with one named twice', changing(['node1/a', 'node1/a'])],
    ['with a voter that is a learner', changing(['node1/a'], ['node1/a'])],
  ])('refuses members %s', (_, message) => {
    expect(() => decodeMessage(encodeMessage('g', message))).toThrow(MalformedError);
  });

  // Found by fuzzing: such a term could not be written, and the replica stopped for good.
  it('refuses terms and indexes that no log ever reaches', () => {
    const vote = (messageTerm: number, lastLogIndex = 3): Message => ({
      kind: 'voteRequest',
      ...header,
      term: term(messageTerm),
      lastLogIndex: logIndex(lastLogIndex),
      lastLogTerm: term(2),
      transfer: false,
    });
    const highest = vote(2 ** 47, 2 ** 47);
    expect(decodeMessage(encodeMessage('g', highest)).message).toEqual(highest);
    for (const message of [vote(2 ** 47 + 1), vote(2 ** 53 - 1), vote(7, 2 ** 47 + 1)]) {
      expect(() => decodeMessage(encodeMessage('g', message))).toThrow(MalformedError);
    }
  });

  it('refuses whatever is no message, with MalformedError and nothing else', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...MESSAGES), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([message, position, byte]) => {
        const bytes = Uint8Array.from(encodeMessage('g', message));
        bytes[position % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});
