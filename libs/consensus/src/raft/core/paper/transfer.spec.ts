import { makeLeader } from '../../testing/elect.js';
import {
  accepted,
  heartbeatRequest,
  timeoutNowRequest,
  voteRequest,
  voteResponse,
} from '../../testing/messages.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';
import { replicaId } from '../identifiers.js';

const TWO = replicaId('2');

/** A leader of term 1 whose first entry all have. */
function leader(): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.settle();
  replica.receive(accepted(1), accepted(1, { from: '3' }));
  replica.messages();
  return replica;
}

describe('Raft thesis §3.10: leadership transfer', () => {
  it('thesis §3.10: the prior leader stops taking requests, which are appended nowhere', () => {
    const replica = leader();
    expect(replica.raft.transfer(TWO, replica.instant)).toBe('started');
    expect(replica.propose('x')).toEqual({ kind: 'refused', reason: 'transferring' });
    expect(replica.raft.lastIndex).toBe(1);
  });

  it('thesis §3.10: it asks the other to campaign when that one has the whole log', () => {
    const replica = leader();
    replica.propose('x');
    replica.messages();
    replica.raft.transfer(TWO, replica.instant);
    expect(replica.messages()).toEqual([]);
    replica.receive(accepted(2, { from: '3' }));
    expect(replica.messages()).toEqual([]);
    replica.receive(accepted(2));
    expect(replica.messages()).toEqual([timeoutNowRequest({ from: '1', to: '2' })]);
    // A request may be lost: it goes out with each heartbeat.
    replica.tick();
    expect(replica.messages().filter(({ kind }) => kind === 'timeoutNowRequest')).toEqual([
      timeoutNowRequest({ from: '1', to: '2' }),
    ]);
  });

  it('thesis §3.10: the other campaigns at once, without a pre-vote', () => {
    const replica = new Replica({ id: '2', log: [1], term: 1 });
    replica.receive(heartbeatRequest({ from: '1', to: '2' }));
    replica.settle();
    replica.receive(timeoutNowRequest({ from: '1', to: '2' }));
    const last = [1, 1] as const;
    const request = { from: '2', term: 2, last, transfer: true };
    expect(replica.output()).toMatchObject({
      messages: [
        { message: voteRequest({ ...request, to: '1' }), after: 1 },
        { message: voteRequest({ ...request, to: '3' }), after: 1 },
      ],
      write: { hardState: { term: 2, votedFor: '2' } },
    });
    replica.flush();
    replica.receive(voteResponse({ from: '3', to: '2', term: 2 }));
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['leader', 2]);
  });

  it('thesis §4.2.3: voters that hear a leader vote in such a campaign, and in no other', () => {
    const voter = new Replica({ id: '3', log: [1], term: 1 });
    voter.receive(heartbeatRequest({ from: '1', to: '3' }));
    voter.settle();
    const request = { from: '2', to: '3', term: 2, last: [1, 1] } as const;
    voter.receive(voteRequest(request));
    expect([voter.settle(), voter.raft.term]).toEqual([[], 1]);
    voter.receive(voteRequest({ ...request, transfer: true }));
    const vote = voteResponse({ from: '3', to: '2', term: 2, wallMs: voter.wallMs });
    expect(voter.settle()).toEqual([vote]);
  });

  // Breaks otherwise: the voter forgets whom it follows, and sends callers away.
  it('a late copy of the request that elected the leader changes nothing', () => {
    const voter = new Replica({ id: '3', log: [1], term: 1 });
    const request = voteRequest({ from: '2', to: '3', term: 2, last: [1, 1], transfer: true });
    voter.receive(request, heartbeatRequest({ from: '2', to: '3', term: 2 }));
    voter.settle();
    voter.receive(request);
    expect([voter.raft.leader, voter.raft.roleName, voter.raft.votedFor]).toEqual([
      '2',
      'follower',
      '2',
    ]);
  });

  it('thesis §3.10: the prior leader itself votes for the other', () => {
    const replica = leader();
    replica.raft.transfer(TWO, replica.instant);
    replica.settle();
    replica.receive(voteRequest({ term: 2, last: [1, 1], transfer: true }));
    expect(replica.settle()).toEqual([
      voteResponse({ from: '1', to: '2', term: 2, wallMs: replica.wallMs }),
    ]);
    expect([replica.raft.roleName, replica.raft.votedFor]).toEqual(['follower', '2']);
  });

  it('thesis §6.4.1: its lease ends as it asks, and not before', () => {
    const replica = leader();
    replica.propose('x');
    replica.raft.transfer(TWO, replica.instant);
    expect(replica.leaseValid()).toBe(true);
    replica.receive(accepted(2));
    expect(replica.leaseValid()).toBe(false);
    replica.tick();
    replica.receive(accepted(2, { round: 2 }), accepted(2, { round: 2, from: '3' }));
    expect(replica.leaseValid()).toBe(false);
    // Reads ask a majority.
    expect(replica.requestRead(1)).toBe('waiting');
    replica.receive(accepted(2, { round: 3 }));
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 1, readIndex: 2 }]);
  });

  it('thesis §3.10: after an election timeout it goes on; its lease was never in doubt', () => {
    const replica = leader();
    replica.propose('x');
    replica.raft.transfer(TWO, replica.instant);
    for (let beat = 1; beat <= 10; beat += 1) {
      expect(replica.propose('y')).toEqual({ kind: 'refused', reason: 'transferring' });
      replica.tick();
      replica.receive(accepted(2, { from: '3', round: beat + 1 }));
    }
    expect(replica.propose('y')).toEqual({ kind: 'appended', term: 1, firstIndex: 3 });
    expect(replica.leaseValid()).toBe(true);
  });

  it('one that has asked in vain campaigns itself: the next term may have a lease', () => {
    const replica = leader();
    replica.raft.transfer(TWO, replica.instant);
    replica.pass(ELECTION_MS - 100);
    replica.receive(accepted(1, { from: '3', round: 1 }));
    replica.messages();
    replica.tick();
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['candidate', 2]);
    const last = [1, 1] as const;
    expect(replica.messages()).toEqual([
      voteRequest({ from: '1', to: '2', term: 2, last, transfer: true }),
      voteRequest({ from: '1', to: '3', term: 2, last, transfer: true }),
    ]);
  });

  it('only to another voter', () => {
    const replica = new Replica({ learners: ['4'] });
    makeLeader(replica);
    const { instant, raft } = replica;
    expect(raft.transfer(replicaId('4'), instant)).toBe('notVoter');
    expect(raft.transfer(replicaId('1'), instant)).toBe('notVoter');
    expect(raft.transfer(replicaId('9'), instant)).toBe('notVoter');
    expect(new Replica().raft.transfer(TWO, instant)).toBe('notLeader');
    expect(replica.propose('x').kind).toBe('appended');
  });

  it('a request of another term, or to a learner, makes nobody campaign', () => {
    const follower = new Replica({ id: '2', log: [1, 2], term: 2 });
    follower.receive(timeoutNowRequest({ from: '1', to: '2', term: 1 }));
    follower.receive(timeoutNowRequest({ from: '1', to: '2', term: 3 }));
    expect([follower.raft.roleName, follower.raft.term]).toEqual(['follower', 2]);
    const learner = new Replica({ id: '4', learners: ['4'], log: [1], term: 1 });
    learner.receive(timeoutNowRequest({ from: '1', to: '4' }));
    expect([learner.raft.roleName, learner.raft.term]).toEqual(['follower', 1]);
  });

  it('names the living voter with the longest log as the one who could take over', () => {
    const replica = leader();
    expect(replica.raft.leadership?.successor()).toBe('2');
    replica.propose('x');
    replica.receive(accepted(2, { from: '3' }));
    expect(replica.raft.leadership?.successor()).toBe('3');
    for (let beat = 2; beat <= 5; beat += 1) {
      replica.tick();
      replica.receive(accepted(1, { round: beat }));
    }
    expect(replica.raft.leadership?.successor()).toBe('2');
  });
});
