import { makeCandidate, makeLeader } from '../../testing/elect.js';
import {
  heartbeatRequest,
  heartbeatResponse,
  preVoteRequest,
  preVoteResponse,
  voteRequest,
} from '../../testing/messages.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';

describe('Raft thesis §9.6: pre-vote', () => {
  it('Raft thesis §9.6: before it raises its term a replica asks whether it could win', () => {
    const replica = new Replica({ log: [1, 2], learners: ['4'] });
    replica.tick(10);
    const request = { from: '1', term: 3, last: [2, 2] } as const;
    expect(replica.output()).toEqual({
      messages: [
        { message: preVoteRequest({ ...request, to: '2' }), after: 0 },
        { message: preVoteRequest({ ...request, to: '3' }), after: 0 },
      ],
      write: null,
    });
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['preCandidate', 2]);
  });

  it('Raft thesis §9.6: a grant promises nothing and changes nothing', () => {
    const replica = new Replica({ term: 2 });
    replica.receive(preVoteRequest({ from: '2', term: 3 }), preVoteRequest({ from: '3', term: 3 }));
    const grant = { from: '1', term: 3 } as const;
    expect(replica.output()).toEqual({
      messages: [
        { message: preVoteResponse({ ...grant, to: '2' }), after: 0 },
        { message: preVoteResponse({ ...grant, to: '3' }), after: 0 },
      ],
      write: null,
    });
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([2, null]);
  });

  it('Raft thesis §9.6: who hears a leader refuses, until an election timeout has passed', () => {
    const replica = new Replica({ term: 2 });
    replica.receive(heartbeatRequest({ from: '3', term: 2 }));
    replica.messages();
    replica.pass(ELECTION_MS - 1);
    replica.receive(preVoteRequest({ term: 3 }));
    const refusal = { from: '1', to: '2', term: 2, granted: false } as const;
    expect(replica.messages()).toEqual([preVoteResponse({ ...refusal, wallMs: replica.wallMs })]);
    replica.pass(1);
    replica.receive(preVoteRequest({ term: 3 }));
    const grant = { from: '1', to: '2', term: 3 } as const;
    expect(replica.messages()).toEqual([preVoteResponse({ ...grant, wallMs: replica.wallMs })]);
  });

  it('Raft thesis §9.6: a leader refuses', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.receive(preVoteRequest({ term: 2, last: [9, 1] }));
    const { wallMs } = replica;
    const refusal = preVoteResponse({ from: '1', to: '2', term: 1, granted: false, wallMs });
    expect(replica.messages()).toEqual([refusal]);
  });

  it('Raft thesis §9.6: a majority of grants makes a candidate, a majority of refusals none', () => {
    const winner = new Replica();
    winner.tick(10);
    winner.receive(preVoteResponse({ from: '3', term: 1 }));
    expect([winner.raft.roleName, winner.raft.term]).toEqual(['candidate', 1]);
    const loser = new Replica();
    loser.tick(10);
    loser.receive(preVoteResponse({ from: '2', term: 0, granted: false }));
    expect(loser.raft.roleName).toBe('preCandidate');
    loser.receive(preVoteResponse({ from: '3', term: 0, granted: false }));
    expect([loser.raft.roleName, loser.raft.term]).toEqual(['follower', 0]);
  });

  it('Raft thesis §9.6: a pre-candidate whose term is old takes the present one and waits', () => {
    const replica = new Replica({ term: 2 });
    replica.tick(10);
    replica.receive(preVoteResponse({ term: 7, granted: false }));
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['follower', 7]);
    replica.tick(10);
    expect(replica.messages().at(-1)).toMatchObject({ kind: 'preVoteRequest', term: 8 });
  });

  it('Raft thesis §9.6: a grant for another term does not count', () => {
    const replica = new Replica({ term: 2 });
    replica.tick(10);
    replica.receive(preVoteResponse({ term: 2 }), preVoteResponse({ term: 4 }));
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['preCandidate', 2]);
  });

  it('Raft thesis §9.6: a pre-candidate without an answer asks again after another timeout', () => {
    const replica = new Replica({ timeoutTicks: [10, 15] });
    replica.tick(10);
    expect(replica.messages()).toHaveLength(2);
    replica.tick(14);
    expect(replica.messages()).toEqual([]);
    replica.tick(1);
    expect(replica.messages()).toHaveLength(2);
    expect(replica.raft.term).toBe(0);
  });

  it('Raft thesis §9.6: a pre-candidate that hears the leader of its term follows it', () => {
    const replica = new Replica({ term: 2 });
    replica.tick(10);
    replica.receive(heartbeatRequest({ from: '3', term: 2 }));
    replica.receive(preVoteResponse({ from: '2', term: 3 }));
    expect([replica.raft.roleName, replica.raft.leader]).toEqual(['follower', '3']);
  });

  it('Raft thesis §9.6: a partitioned replica that comes back deposes nobody', () => {
    const back = new Replica({ term: 2 });
    back.tick(500);
    expect(back.raft.term).toBe(2);
    const leader = new Replica({ id: '2', term: 1 });
    makeLeader(leader, ['3']);
    leader.receive(...back.messages().filter(({ to }) => to === '2'));
    expect([leader.raft.roleName, leader.raft.term]).toEqual(['leader', 2]);
  });

  it('Raft thesis §9.6: an answer to a pre-vote of the candidate it has become is ignored', () => {
    const replica = new Replica();
    makeCandidate(replica);
    replica.receive(preVoteResponse({ from: '3', term: 1 }));
    expect(replica.raft.roleName).toBe('candidate');
  });

  it('Raft thesis §9.6: a pre-candidate that gives its vote gives up its own campaign', () => {
    const replica = new Replica({ term: 1 });
    replica.tick(10);
    replica.receive(voteRequest({ from: '2', term: 1 }));
    expect([replica.raft.roleName, replica.raft.votedFor]).toEqual(['follower', '2']);
    replica.receive(preVoteResponse({ from: '3', term: 2 }));
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['follower', 1]);
  });
});

describe('Raft thesis §4.2.3: disruptive servers', () => {
  it('Raft thesis §4.2.3: who hears a leader ignores a candidate of a higher term', () => {
    const replica = new Replica({ term: 2 });
    replica.receive(heartbeatRequest({ from: '3', term: 2 }));
    replica.messages();
    replica.receive(voteRequest({ from: '2', term: 9 }));
    expect(replica.output()).toEqual({ messages: [], write: null });
    expect(replica.raft.term).toBe(2);
  });

  it('Raft thesis §4.2.3: a leader ignores a candidate of a higher term', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.receive(voteRequest({ from: '2', term: 9, last: [9, 8] }));
    expect(replica.output().messages).toEqual([]);
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['leader', 1]);
  });

  it('Raft thesis §9.6: a replica in a higher term is not shut out: its answer ends the term', () => {
    const leader = new Replica();
    makeLeader(leader);
    leader.receive(heartbeatResponse({ from: '2', term: 9, round: 0 }));
    expect([leader.raft.roleName, leader.raft.term]).toEqual(['follower', 9]);
  });
});
