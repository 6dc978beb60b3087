import { heartbeatRequest, voteRequest, voteResponse } from '../../testing/messages.js';
import { makeCandidate } from '../../testing/elect.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';
import { SeededRandom } from '../../testing/seeded-random.js';

describe('Raft §5.2: elections', () => {
  it('Raft §5.2: a server starts as a follower, with the term and the vote found on its disk', () => {
    const replica = new Replica({ term: 7, votedFor: '3' });
    expect([replica.raft.roleName, replica.raft.term, replica.raft.votedFor]).toEqual([
      'follower',
      7,
      '3',
    ]);
    expect(replica.output()).toEqual({ messages: [], write: null });
  });

  it('Raft §5.2: a candidate enters a new term, votes for itself and asks all other voters', () => {
    const replica = new Replica({ log: [1, 1, 2], voters: ['1', '2', '3'], learners: ['4'] });
    makeCandidate(replica);
    const request = { from: '1', term: 3, last: [3, 2] } as const;
    expect(replica.output()).toEqual({
      messages: [
        { message: voteRequest({ ...request, to: '2' }), after: 1 },
        { message: voteRequest({ ...request, to: '3' }), after: 1 },
      ],
      write: {
        id: 1,
        hardState: { term: 3, votedFor: '1' },
        truncateFrom: null,
        compactThrough: null,
        entries: [],
      },
    });
  });

  it.each([
    { voters: ['1'], granted: [], refused: [], role: 'leader' },
    { voters: ['1', '2'], granted: ['2'], refused: [], role: 'leader' },
    { voters: ['1', '2'], granted: [], refused: ['2'], role: 'follower' },
    { voters: ['1', '2', '3'], granted: ['2'], refused: [], role: 'leader' },
    { voters: ['1', '2', '3'], granted: [], refused: ['2'], role: 'candidate' },
    { voters: ['1', '2', '3'], granted: [], refused: ['2', '3'], role: 'follower' },
    { voters: ['1', '2', '3', '4'], granted: ['2'], refused: [], role: 'candidate' },
    { voters: ['1', '2', '3', '4'], granted: ['2', '3'], refused: [], role: 'leader' },
    { voters: ['1', '2', '3', '4'], granted: ['2'], refused: ['3', '4'], role: 'follower' },
    { voters: ['1', '2', '3', '4', '5'], granted: ['2', '3'], refused: [], role: 'leader' },
    { voters: ['1', '2', '3', '4', '5'], granted: ['2'], refused: ['3', '4'], role: 'candidate' },
  ])(
    'Raft §5.2: of $voters with votes of $granted and refusals of $refused it is $role',
    ({ voters, granted, refused, role }) => {
      const replica = new Replica({ voters });
      makeCandidate(replica, voters.slice(1));
      replica.settle();
      for (const from of granted) replica.receive(voteResponse({ from }));
      for (const from of refused) replica.receive(voteResponse({ from, granted: false }));
      expect(replica.raft.roleName).toBe(role);
    },
  );

  it('Raft §5.2: a vote that comes twice counts once', () => {
    const replica = new Replica({ voters: ['1', '2', '3', '4', '5'] });
    makeCandidate(replica);
    replica.settle();
    replica.receive(voteResponse({ from: '2' }), voteResponse({ from: '2' }));
    expect(replica.raft.roleName).toBe('candidate');
  });

  it('Raft §5.2: votes of strangers and of learners do not count', () => {
    const replica = new Replica({ learners: ['4'] });
    makeCandidate(replica);
    replica.settle();
    replica.receive(voteResponse({ from: '4' }), voteResponse({ from: '9' }));
    expect(replica.raft.roleName).toBe('candidate');
  });

  it('Raft §5.2: one vote a term, first come first served, given again to the same', () => {
    const replica = new Replica();
    replica.receive(voteRequest({ from: '2' }), voteRequest({ from: '3' }));
    replica.receive(voteRequest({ from: '2' }));
    const answer = (to: string, granted: boolean) => ({
      message: voteResponse({ from: '1', to, granted }),
      after: 1,
    });
    expect(replica.output()).toEqual({
      messages: [answer('2', true), answer('3', false), answer('2', true)],
      write: {
        id: 1,
        hardState: { term: 1, votedFor: '2' },
        truncateFrom: null,
        compactThrough: null,
        entries: [],
      },
    });
  });

  it('Raft §5.2: the vote of a term is remembered over a crash', () => {
    const replica = new Replica();
    replica.receive(voteRequest({ from: '2' }));
    replica.settle();
    replica.restart();
    replica.pass(ELECTION_MS);
    replica.receive(voteRequest({ from: '3' }));
    const { wallMs } = replica;
    const refusal = voteResponse({ from: '1', to: '3', granted: false, wallMs });
    expect(replica.messages()).toEqual([refusal]);
  });

  it('Raft §5.2: a vote that was not flushed was never given', () => {
    const replica = new Replica();
    replica.receive(voteRequest({ from: '2' }));
    expect(replica.output().messages).toEqual([
      { message: voteResponse({ from: '1', to: '2' }), after: 1 },
    ]);
    replica.restart();
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([0, null]);
  });

  it('Raft §5.2: a candidate yields to the leader of its own term', () => {
    const replica = new Replica();
    makeCandidate(replica);
    replica.settle();
    replica.receive(heartbeatRequest({ from: '3', term: 1 }));
    expect([replica.raft.roleName, replica.raft.leader]).toEqual(['follower', '3']);
  });

  it('Raft §5.2: a candidate ignores a leader of an earlier term', () => {
    const replica = new Replica({ term: 4 });
    makeCandidate(replica);
    replica.receive(heartbeatRequest({ from: '3', term: 4 }));
    expect([replica.raft.roleName, replica.raft.leader]).toEqual(['candidate', null]);
  });

  it('Raft §5.2: a follower that hears its leader in time never campaigns', () => {
    const replica = new Replica({ timeoutTicks: [10] });
    for (let round = 1; round <= 20; round += 1) {
      replica.tick(9);
      replica.receive(heartbeatRequest({ term: 1, round }));
    }
    expect(replica.raft.roleName).toBe('follower');
    replica.tick(10);
    expect(replica.raft.roleName).toBe('preCandidate');
  });

  it('Raft §5.2: a granted vote restarts the timeout, a refused one does not', () => {
    const granting = new Replica({ term: 1 });
    granting.tick(9);
    granting.receive(voteRequest({ from: '2' }));
    granting.tick(9);
    expect(granting.raft.roleName).toBe('follower');
    const refusing = new Replica({ term: 1, votedFor: '3' });
    refusing.tick(9);
    refusing.receive(voteRequest({ from: '2' }));
    refusing.tick(1);
    expect(refusing.raft.roleName).toBe('preCandidate');
  });

  it('Raft §5.2: after a split vote candidates time out and begin anew in another term', () => {
    const replica = new Replica({ voters: ['1', '2', '3', '4'], timeoutTicks: [10, 12, 14, 16] });
    makeCandidate(replica);
    replica.settle();
    replica.receive(voteResponse({ from: '2' }));
    replica.receive(voteResponse({ from: '3', granted: false }));
    expect(replica.raft.roleName).toBe('candidate');
    replica.tick(13);
    expect(replica.raft.roleName).toBe('candidate');
    replica.tick(1);
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['preCandidate', 1]);
    makeCandidate(replica);
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['candidate', 2]);
  });

  it('Raft §5.2: timeouts are drawn anew for every election from [10, 20) ticks', () => {
    const seen = new Set<number>();
    const replica = new Replica({ random: new SeededRandom(1) });
    for (let campaign = 0; campaign < 300; campaign += 1) {
      replica.receive(heartbeatRequest({ term: campaign + 1 }));
      let ticks = 0;
      while (replica.raft.roleName === 'follower') {
        replica.tick();
        ticks += 1;
      }
      replica.messages();
      seen.add(ticks);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('Raft §5.2: two followers of one leader rarely time out in the same tick', () => {
    const random = new SeededRandom(7);
    let conflicts = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const draws = [1, 2, 3, 4].map(() => random.integer(10, 20)).sort((a, b) => a - b);
      const replicas = draws.map((ticks) => new Replica({ timeoutTicks: [ticks] }));
      while (replicas.every((replica) => replica.raft.roleName === 'follower')) {
        for (const replica of replicas) replica.tick();
      }
      const campaigning = replicas.filter((replica) => replica.raft.roleName !== 'follower');
      if (campaigning.length > 1) conflicts += 1;
    }
    expect(conflicts / 500).toBeLessThan(0.45);
  });

  it('Raft §5.2: a candidate counts its own vote when that is on the disk, not before', () => {
    const replica = new Replica();
    makeCandidate(replica);
    replica.receive(voteResponse({ from: '2' }));
    expect(replica.raft.roleName).toBe('candidate');
    replica.output();
    replica.flush();
    expect(replica.raft.roleName).toBe('leader');
  });

  it('Raft §5.2: a learner neither campaigns nor is asked for its vote', () => {
    const learner = new Replica({ id: '4', learners: ['4'] });
    learner.tick(100);
    expect([learner.raft.roleName, learner.messages()]).toEqual(['follower', []]);
  });

  it('Raft §5.2: a sole voter elects itself at its first tick, once its vote is flushed', () => {
    const replica = new Replica({ voters: ['1'], log: [1], formation: false });
    replica.tick();
    expect(replica.raft.roleName).toBe('candidate');
    expect(replica.settle()).toEqual([]);
    expect([replica.raft.roleName, replica.raft.commitIndex]).toEqual(['leader', 2]);
  });

  it('Raft §5.2: a sole voter waits for its vote though the disk takes longer than a tick', () => {
    const replica = new Replica({ voters: ['1'], timeoutTicks: [15] });
    replica.tick();
    replica.output();
    replica.tick(5);
    replica.flush();
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['leader', 1]);
  });
});
