import { Cluster } from '../../testing/cluster.js';
import { makeLeader } from '../../testing/elect.js';
import { settle, startGroup } from '../../testing/group.js';
import {
  accepted,
  heartbeatRequest,
  heartbeatResponse,
  preVoteRequest,
  voteRequest,
} from '../../testing/messages.js';
import { ELECTION_MS, HEARTBEAT_MS, Replica } from '../../testing/replica.js';

describe('Schedules that break a lease which is counted, not compared', () => {
  it('a leader stopped for 10 s wakes and does not read by its lease before its first tick', () => {
    const cluster = startGroup(3);
    const old = cluster.member('1').replica;
    expect(old.leaseValid()).toBe(true);
    stopAndReplace(cluster);
    expect(cluster.member('2').replica.raft.roleName).toBe('leader');
    expect([old.raft.roleName, old.leaseValid()]).toEqual(['leader', false]);
  });

  it('nor after it has read the answers that waited in its sockets', () => {
    const cluster = startGroup(3);
    const old = cluster.member('1').replica;
    cluster.input('1', (replica) => replica.tick());
    const round = 2;
    stopAndReplace(cluster);
    old.receive(heartbeatResponse({ from: '2', round }), heartbeatResponse({ from: '3', round }));
    expect(old.leaseValid()).toBe(false);
  });

  it('and its reads by ReadIndex are not confirmed by what was answered before it stopped', () => {
    const cluster = startGroup(3);
    const old = cluster.member('1').replica;
    stopAndReplace(cluster);
    cluster.input('1', (replica) => replica.requestRead(7));
    old.receive(
      heartbeatResponse({ from: '2', round: 1 }),
      heartbeatResponse({ from: '3', round: 1 }),
    );
    expect(old.raft.takeReads()).toEqual({ confirmed: [], lost: [] });
    settle(cluster);
    expect([old.raft.roleName, old.raft.takeReads().confirmed]).toEqual(['follower', []]);
  });

  it('an answer held behind a slow write adds nothing to the lease', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.settle();
    replica.pass(ELECTION_MS * 0.9 - 1);
    replica.receive(accepted(1, { round: 1 }));
    expect(replica.leaseValid()).toBe(true);
    replica.pass(1);
    expect(replica.leaseValid()).toBe(false);
  });

  it('the fastest clock allowed does not elect within the lease of the slowest', () => {
    const leader = new Replica();
    makeLeader(leader);
    leader.settle();
    const follower = new Replica({ id: '3' });
    follower.receive(heartbeatRequest({ from: '1', to: '3' }));
    leader.receive(accepted(1, { from: '3' }));
    follower.messages();
    let granted = false;
    while (!granted) {
      leader.pass(1);
      follower.pass(1.1);
      follower.receive(preVoteRequest({ to: '3', term: 2, last: [1, 1] }));
      granted = follower.messages().some((sent) => 'granted' in sent && sent.granted);
    }
    expect(leader.leaseValid()).toBe(false);
    leader.pass(-11);
    expect(leader.leaseValid()).toBe(true);
  });
});

describe('Schedules that break a lease by a vote', () => {
  it('a node restarted within a lease has forgotten its leader, and does not vote', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(heartbeatRequest({ from: '3' }));
    replica.settle();
    replica.pass(100);
    replica.restart();
    replica.receive(preVoteRequest({ term: 2 }), voteRequest({ term: 2 }));
    const refused = { kind: 'preVoteResponse', term: 1, granted: false };
    expect(replica.messages()).toMatchObject([refused]);
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([1, null]);
    replica.pass(ELECTION_MS - 1);
    replica.receive(voteRequest({ term: 2 }));
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([1, null]);
    replica.pass(1);
    replica.receive(voteRequest({ term: 2 }));
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([2, '2']);
  });

  it('a node restarted within a lease does not vote for itself, however fast it ticks', () => {
    const replica = new Replica({ voters: ['1', '2'], term: 1 });
    replica.restart();
    replica.tick(200, 1);
    expect(replica.raft.roleName).toBe('follower');
    replica.tick(1, ELECTION_MS);
    expect(replica.raft.roleName).toBe('preCandidate');
  });

  it('at the formation of a group nobody can hold a lease: votes are given at once', () => {
    const replica = new Replica({ formation: true });
    replica.receive(voteRequest());
    expect(replica.raft.votedFor).toBe('2');
  });

  it('a sole voter owes its silence to nobody', () => {
    const replica = new Replica({ voters: ['1'], formation: false });
    replica.tick();
    replica.settle();
    expect(replica.raft.roleName).toBe('leader');
  });

  it.each([
    ['a refused vote', heartbeatResponse({ from: '2', term: 5, round: 0 })],
    ['a heartbeat answer', accepted(0, { from: '2', term: 5 })],
  ])('a follower whose term %s has raised still refuses votes within the lease', (_, message) => {
    const replica = new Replica({ term: 1 });
    replica.receive(heartbeatRequest({ from: '3' }));
    replica.settle();
    replica.receive(message);
    expect([replica.raft.term, replica.raft.leader]).toEqual([5, null]);
    replica.settle();
    replica.pass(ELECTION_MS - 1);
    replica.receive(
      preVoteRequest({ term: 6 }),
      voteRequest({ term: 5 }),
      voteRequest({ term: 6 }),
    );
    expect(replica.messages()).toMatchObject([
      { kind: 'preVoteResponse', term: 5, granted: false },
      { kind: 'voteResponse', term: 5, granted: false },
    ]);
    replica.pass(1);
    replica.receive(voteRequest({ term: 6 }));
    expect(replica.raft.votedFor).toBe('2');
  });

  it('ticks that come closer together than a heartbeat elect nobody within the lease', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(heartbeatRequest({ from: '3' }));
    replica.settle();
    replica.tick(ELECTION_MS - 1, 1);
    expect([replica.raft.roleName, replica.settle()]).toEqual(['follower', []]);
    replica.tick(1, 1);
    expect(replica.raft.roleName).toBe('preCandidate');
  });

  it('a heartbeat that was delayed for long binds from its arrival', () => {
    const replica = new Replica({ term: 1 });
    replica.pass(60_000);
    replica.receive(heartbeatRequest({ from: '3', round: 1 }));
    replica.pass(ELECTION_MS - 1);
    replica.receive(voteRequest({ term: 2 }));
    expect(replica.raft.votedFor).toBeNull();
  });

  it('a leader of an old term binds nobody', () => {
    const replica = new Replica({ term: 4 });
    replica.receive(heartbeatRequest({ from: '3', term: 3 }));
    replica.receive(voteRequest({ term: 5 }));
    expect(replica.raft.votedFor).toBe('2');
  });
});

describe('Schedules in which ticks are counted as time', () => {
  it('a follower stopped for 10 s gets one tick before its queued heartbeats: no election', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(heartbeatRequest({ from: '3' }));
    replica.settle();
    replica.pass(10_000);
    replica.tick(1);
    replica.receive(heartbeatRequest({ from: '3', round: 2 }));
    replica.tick(9);
    expect(replica.raft.roleName).toBe('follower');
  });

  it('a leader stopped for 10 s is not deposed by its first tick', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.pass(10_000);
    replica.tick(1);
    expect(replica.raft.roleName).toBe('leader');
  });
});

/** Replica 1 stops for 10 s; 2 is elected by 3 meanwhile. Nothing reaches 1, nothing leaves it. */
function stopAndReplace(cluster: Cluster): void {
  cluster.inTransit = [];
  for (let elapsedMs = 0; elapsedMs < 10_000; elapsedMs += HEARTBEAT_MS) {
    cluster.pass(HEARTBEAT_MS);
    for (const id of ['2', '3']) {
      cluster.input(id, ({ raft, instant }) => raft.tick(instant));
    }
    settle(cluster, { reaches: ({ from, to }) => from !== '1' && to !== '1', flushes: () => true });
  }
}
