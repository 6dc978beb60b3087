import { makeLeader } from '../../testing/elect.js';
import { accepted, heartbeatRequest, heartbeatResponse } from '../../testing/messages.js';
import { Replica } from '../../testing/replica.js';

describe('Raft thesis §6.2: a leader that no majority answers steps down', () => {
  it('Raft thesis §6.2: after an election timeout of silence, in the same term', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.tick(10);
    expect(replica.raft.roleName).toBe('leader');
    replica.tick(1);
    expect([replica.raft.roleName, replica.raft.term, replica.raft.leader]).toEqual([
      'follower',
      1,
      null,
    ]);
  });

  it.each([
    { voters: ['1', '2'], answering: ['2'], leads: true },
    { voters: ['1', '2', '3'], answering: ['2'], leads: true },
    { voters: ['1', '2', '3', '4'], answering: ['2'], leads: false },
    { voters: ['1', '2', '3', '4', '5'], answering: ['2'], leads: false },
    { voters: ['1', '2', '3', '4', '5'], answering: ['2', '5'], leads: true },
  ])(
    'Raft thesis §6.2: of $voters $answering answer: it leads on: $leads',
    ({ voters, answering, leads }) => {
      const replica = new Replica({ voters });
      makeLeader(replica, voters.slice(1));
      for (let round = 2; round < 42; round += 1) {
        replica.tick();
        for (const from of answering) replica.receive(heartbeatResponse({ from, round }));
      }
      expect(replica.raft.roleName === 'leader').toBe(leads);
    },
  );

  it('Raft thesis §6.2: answers of learners and strangers keep nobody in office', () => {
    const replica = new Replica({ learners: ['4'] });
    makeLeader(replica);
    for (let round = 2; round < 13; round += 1) {
      replica.tick();
      for (const from of ['4', '9']) replica.receive(heartbeatResponse({ from, round }));
    }
    expect(replica.raft.roleName).toBe('follower');
  });

  it('Raft thesis §6.2: an old answer that comes again and again keeps nobody in office', () => {
    const replica = new Replica();
    makeLeader(replica);
    for (let tick = 0; tick < 11; tick += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ round: 2 }), accepted(1, { round: 1 }));
    }
    expect(replica.raft.roleName).toBe('leader');
    replica.tick(1);
    expect(replica.raft.roleName).toBe('follower');
  });

  it('Raft thesis §6.2: an answer to a round that was never sent proves nothing', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.tick();
    replica.receive(heartbeatResponse({ round: 77 }));
    replica.tick(10);
    expect(replica.raft.roleName).toBe('follower');
    expect(replica.leaseValid()).toBe(false);
  });

  it('Raft thesis §6.2: a sole voter keeps its office', () => {
    const replica = new Replica({ voters: ['1'], learners: ['2'] });
    replica.tick();
    replica.settle();
    replica.tick(100);
    expect(replica.raft.roleName).toBe('leader');
  });

  it('Raft thesis §6.2: both halves of a joint configuration must answer', () => {
    const replica = new Replica({ voters: ['1', '2', '3'], outgoingVoters: ['1', '4', '5'] });
    makeLeader(replica, ['2', '4']);
    for (let round = 2; round < 13; round += 1) {
      replica.tick();
      for (const from of ['2', '3']) replica.receive(heartbeatResponse({ from, round }));
    }
    expect(replica.raft.roleName).toBe('follower');
  });

  it('Raft thesis §6.2: who stepped down may vote at once, and its proposals are refused', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.tick(11);
    replica.settle();
    expect(replica.propose('x')).toEqual({ kind: 'refused', reason: 'notLeader' });
    replica.receive(heartbeatRequest({ from: '3', term: 2 }));
    expect(replica.raft.leader).toBe('3');
  });
});

describe('a leader whose own disk stands still steps down', () => {
  function tickAnswered(replica: Replica, times: number, firstRound: number): void {
    for (let round = firstRound; round < firstRound + times; round += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ round }));
    }
  }

  it('after two of the longest election timeouts, though a majority answers', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.settle();
    tickAnswered(replica, 60, 2);
    expect(replica.raft.roleName).toBe('leader');
    replica.propose('never flushed');
    tickAnswered(replica, 40, 62);
    expect(replica.raft.roleName).toBe('leader');
    replica.tick();
    expect([replica.raft.roleName, replica.raft.leader]).toEqual(['follower', null]);
  });

  it('but not while flushes return, however late', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.settle();
    for (let write = 0; write < 5; write += 1) {
      replica.propose(`slow ${write}`);
      tickAnswered(replica, 39, 2 + write * 39);
      replica.settle();
    }
    expect(replica.raft.roleName).toBe('leader');
  });
});
