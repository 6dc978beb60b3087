import type { Message } from '../message.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
  preVoteRequest,
  preVoteResponse,
  rejected,
  voteRequest,
  voteResponse,
} from '../../testing/messages.js';
import { makeCandidate, makeLeader } from '../../testing/elect.js';
import { Replica } from '../../testing/replica.js';

describe('Raft §5.1: terms', () => {
  const ofHigherTerm: readonly (readonly [string, Message])[] = [
    ['voteRequest', voteRequest({ term: 9 })],
    ['voteResponse', voteResponse({ term: 9, granted: false })],
    ['appendRequest', appendRequest({ term: 9 })],
    ['appendResponse', accepted(0, { term: 9 })],
    ['heartbeatRequest', heartbeatRequest({ term: 9 })],
    ['heartbeatResponse', heartbeatResponse({ term: 9, round: 0 })],
    ['refused preVoteResponse', preVoteResponse({ term: 9, granted: false })],
  ];

  it.each(ofHigherTerm)('Raft §5.1: a follower takes the higher term of a %s', (_, message) => {
    const replica = new Replica({ term: 3, votedFor: '3' });
    replica.receive(message);
    expect(replica.raft.term).toBe(9);
    expect(replica.raft.roleName).toBe('follower');
    expect(replica.raft.votedFor).toBe(message.kind === 'voteRequest' ? '2' : null);
  });

  it.each(ofHigherTerm)('Raft §5.1: a candidate steps down for the higher term of a %s', (_, m) => {
    const replica = new Replica({ term: 3 });
    makeCandidate(replica);
    expect(replica.raft.roleName).toBe('candidate');
    replica.receive(m);
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['follower', 9]);
  });

  it.each(ofHigherTerm.filter(([, message]) => message.kind !== 'voteRequest'))(
    'Raft §5.1: a leader steps down for the higher term of a %s',
    (_, message) => {
      const replica = new Replica({ term: 3 });
      makeLeader(replica);
      replica.receive(message);
      expect([replica.raft.roleName, replica.raft.term]).toEqual(['follower', 9]);
    },
  );

  it('Raft §5.1: a term is durable before anything is said in it', () => {
    const replica = new Replica({ term: 3 });
    replica.receive(heartbeatRequest({ term: 9, round: 4 }));
    expect(replica.output()).toEqual({
      messages: [
        { message: heartbeatResponse({ from: '1', to: '2', term: 9, round: 4 }), after: 1 },
      ],
      write: {
        id: 1,
        hardState: { term: 9, votedFor: null },
        truncateFrom: null,
        compactThrough: null,
        entries: [],
      },
    });
  });

  it.each([
    ['appendRequest', appendRequest({ term: 2, entries: [] })],
    ['heartbeatRequest', heartbeatRequest({ term: 2 })],
  ])('Raft §5.1: the leader of an old term is told the present one (%s)', (_, message) => {
    const replica = new Replica({ term: 3 });
    replica.receive(message);
    expect(replica.output()).toEqual({
      messages: [
        { message: heartbeatResponse({ from: '1', to: '2', term: 3, round: 0 }), after: 0 },
      ],
      write: null,
    });
    expect(replica.raft.leader).toBeNull();
  });

  it('Raft §5.1: candidates of an old term are refused with the present one', () => {
    const replica = new Replica({ term: 3 });
    replica.receive(preVoteRequest({ term: 2 }), voteRequest({ term: 2 }));
    expect(replica.messages()).toEqual([
      preVoteResponse({ from: '1', to: '2', term: 3, granted: false }),
      voteResponse({ from: '1', to: '2', term: 3, granted: false }),
    ]);
  });

  it.each([
    ['preVoteResponse', preVoteResponse({ term: 2 })],
    ['voteResponse', voteResponse({ term: 2 })],
    ['appendResponse', accepted(4, { term: 2 })],
    ['heartbeatResponse', heartbeatResponse({ term: 2 })],
  ])('Raft §5.1: an answer of an old term is dropped (%s)', (_, message) => {
    const replica = new Replica({ term: 3 });
    makeCandidate(replica);
    replica.settle();
    replica.receive(message);
    expect(replica.output()).toEqual({ messages: [], write: null });
    expect(replica.raft.roleName).toBe('candidate');
  });

  it('Raft §5.1: an answer to an earlier leadership of the same replica counts for nothing', () => {
    const replica = new Replica({ log: [1] });
    makeLeader(replica);
    const earlier = replica.raft.term;
    replica.propose('x');
    replica.settle();
    replica.receive(heartbeatResponse({ term: earlier + 1, round: 0 }));
    makeLeader(replica);
    replica.settle();
    const late = { term: earlier, round: 2 };
    replica.receive(accepted(3, { ...late, from: '2' }), accepted(3, { ...late, from: '3' }));
    expect(replica.raft.commitIndex).toBe(0);
    expect(replica.leaseValid()).toBe(false);
    expect(replica.raft.leadership?.matchIndexOf(accepted(0).from)).toBe(0);
  });

  it('Raft §5.1: messages to somebody else, and its own, are dropped', () => {
    const replica = new Replica({ term: 3 });
    replica.receive(voteRequest({ to: '3', term: 9 }), voteRequest({ from: '1', term: 9 }));
    expect(replica.output()).toEqual({ messages: [], write: null });
    expect(replica.raft.term).toBe(3);
  });

  it('Raft §5.1: a granted pre-vote answers with the term asked for, which nobody enters', () => {
    const replica = new Replica({ term: 3 });
    replica.receive(preVoteResponse({ term: 4, granted: true }));
    expect(replica.raft.term).toBe(3);
  });

  it('Raft §5.1: a term never goes back over a restart', () => {
    const replica = new Replica({ term: 3 });
    replica.receive(rejected(0, [0, 0], { term: 8 }));
    replica.settle();
    replica.restart();
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([8, null]);
  });
});
