import { Cluster } from '../../testing/cluster.js';
import { makeLeader } from '../../testing/elect.js';
import { membersEntry } from '../../testing/entries.js';
import { settle, startGroup } from '../../testing/group.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
  preVoteRequest,
  voteRequest,
  voteResponse,
} from '../../testing/messages.js';
import { ELECTION_MS, HEARTBEAT_MS, Replica } from '../../testing/replica.js';
import { replicaId } from '../identifiers.js';
import { FAREWELL_TICKS_MAX } from '../limits.js';

/** A leader of 1, 2 and 3 that has begun to replace 2 and 3 by its learners, 4 and 5. */
function changing(): Replica {
  const replica = new Replica({ learners: ['4', '5'] });
  makeLeader(replica);
  replica.settle();
  for (const from of ['2', '3', '4', '5']) replica.receive(accepted(1, { from }));
  expect(replica.changeMembers(['1', '4', '5']).kind).toBe('appended');
  replica.settle();
  return replica;
}

describe('Schedules that break a lease by a change of members', () => {
  // Breaks otherwise: the other half elects a leader of its own within the lease.
  it.each([
    { answering: ['2', '3'], valid: false },
    { answering: ['4', '5'], valid: false },
    { answering: ['2', '5'], valid: true },
  ])('in a joint phase $answering renew it: $valid', ({ answering, valid }) => {
    const replica = changing();
    replica.pass(ELECTION_MS * 0.9);
    expect(replica.leaseValid()).toBe(false);
    replica.tick(1, 0);
    for (const from of answering) replica.receive(heartbeatResponse({ from, round: 2 }));
    expect(replica.leaseValid()).toBe(valid);
  });

  it('and confirm reads: only both majorities do', () => {
    const replica = changing();
    replica.requestRead(7);
    const answers = ['2', '3', '4'].map((from) => heartbeatResponse({ from, round: 2 }));
    replica.receive(...answers.slice(0, 2));
    expect(replica.raft.takeReads().confirmed).toEqual([]);
    replica.receive(...answers.slice(2));
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 7, readIndex: 1 }]);
  });

  it.each([
    { answering: ['2', '3'], leads: false },
    { answering: ['4', '5'], leads: false },
    { answering: ['2', '4'], leads: true },
  ])('check-quorum: in a joint phase with $answering it leads on: $leads', (given) => {
    const replica = changing();
    for (let round = 2; round < 14; round += 1) {
      replica.tick();
      for (const from of given.answering) replica.receive(heartbeatResponse({ from, round }));
    }
    expect(replica.raft.roleName === 'leader').toBe(given.leads);
  });

  // Breaks otherwise: the leader that is being removed reads by a lease that 2 has forgotten.
  it('one that is to be the only voter restarts within the lease, and waits like all others', () => {
    const replica = new Replica({ id: '2', voters: ['1', '2'], log: [1] });
    const entries = [
      membersEntry(2, 1, { voters: ['2'], outgoing: ['1', '2'] }),
      membersEntry(3, 1, { voters: ['2'] }),
    ];
    replica.receive(appendRequest({ from: '1', to: '2', prev: [1, 1], entries, commit: 2 }));
    replica.settle();
    replica.restart(2, null, { ...replica.founders, outgoingVoters: [], learners: [] });
    replica.tick(ELECTION_MS - 1, 1);
    replica.settle();
    expect(replica.raft.roleName).toBe('follower');
    replica.tick(1);
    replica.settle();
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['leader', 2]);
  });

  it('a removed leader has no lease beside the campaign that it asks for', () => {
    const replica = new Replica({ voters: ['1', '2'] });
    makeLeader(replica, ['2']);
    replica.settle();
    replica.receive(accepted(1));
    replica.changeMembers(['2']);
    replica.settle();
    replica.receive(accepted(2));
    expect([replica.raft.lastIndex, replica.leaseValid()]).toEqual([3, true]);
    replica.settle();
    replica.receive(accepted(3));
    expect(replica.settle().at(-1)).toMatchObject({ kind: 'timeoutNowRequest', to: '2' });
    expect(replica.leaseValid()).toBe(false);
  });
});

describe('Schedules in which votes of the wrong ones count', () => {
  it.each([
    { granting: ['3'], elected: false },
    { granting: ['4', '5'], elected: false },
    { granting: ['3', '4'], elected: true },
  ])('in a joint phase $granting and itself elect 2: $elected', ({ granting, elected }) => {
    const replica = new Replica({ id: '2', log: [1], learners: ['4', '5'] });
    const joint = membersEntry(2, 1, { voters: ['2', '4', '5'], outgoing: ['1', '2', '3'] });
    replica.receive(appendRequest({ from: '1', to: '2', prev: [1, 1], entries: [joint] }));
    replica.tick(10);
    replica.settle();
    const campaign = { to: '2', term: 2 } as const;
    const kind = 'preVoteResponse' as const;
    for (const from of ['3', '4']) {
      replica.receive({ ...voteResponse({ ...campaign, from }), kind });
    }
    expect(replica.raft.roleName).toBe('candidate');
    replica.settle();
    for (const from of granting) replica.receive(voteResponse({ ...campaign, from }));
    expect(replica.raft.roleName === 'leader').toBe(elected);
  });

  it('one that became a voter meanwhile does not count for a candidate that does not know', () => {
    const replica = new Replica({ id: '2', log: [1], learners: ['4'] });
    replica.tick(10);
    replica.settle();
    const answer = { to: '2', term: 2, from: '4' } as const;
    replica.receive({ ...voteResponse(answer), kind: 'preVoteResponse' });
    expect(replica.raft.roleName).toBe('preCandidate');
  });

  it('a learner votes when it is asked: its voters may know more than it does', () => {
    const replica = new Replica({ id: '4', log: [1], learners: ['4'] });
    replica.receive(voteRequest({ from: '2', to: '4', term: 2, last: [2, 1] }));
    expect(replica.raft.votedFor).toBe('2');
    const unknowing = new Replica({ id: '5', voters: [] });
    unknowing.receive(voteRequest({ from: '2', to: '5', term: 2, last: [2, 1] }));
    expect(unknowing.raft.votedFor).toBe('2');
  });
});

describe('A removed replica', () => {
  /** 3 of 1, 2, 3 is removed while nothing reaches it. */
  function removedUnaware(): Cluster {
    const cluster = startGroup(3);
    const without = {
      reaches: ({ from, to }: { from: string; to: string }) => from !== '3' && to !== '3',
      flushes: () => true,
    };
    cluster.input('1', (replica) => replica.changeMembers(['1', '2']));
    settle(cluster, without);
    for (let beat = 0; beat < 2 * FAREWELL_TICKS_MAX; beat += 1) {
      cluster.pass(HEARTBEAT_MS);
      for (const id of cluster.members.keys()) cluster.tick(id);
      settle(cluster, without);
    }
    const { raft } = cluster.member('1').replica;
    expect(raft.committedMembers.voters).toEqual(['1', '2']);
    expect(raft.leadership?.progressOf(replicaId('3'))).toBeUndefined();
    return cluster;
  }

  it('that never heard of its removal does not disturb the others', () => {
    const cluster = removedUnaware();
    expect(cluster.member('3').replica.raft.roleName).toBe('preCandidate');
    for (let beat = 0; beat < 60; beat += 1) {
      cluster.pass(HEARTBEAT_MS);
      for (const id of cluster.members.keys()) cluster.tick(id);
      settle(cluster);
      expect(cluster.member('1').replica.leaseValid()).toBe(true);
    }
    const terms = [...cluster.members.values()].map(({ replica }) => replica.raft.term);
    expect(terms).toEqual([1, 1, 1]);
  });

  // Its log is shorter by the entries that removed it, and those are held by the majority.
  it('that never heard of its removal is not elected either when the leader is lost', () => {
    const cluster = removedUnaware();
    cluster.crash('1');
    cluster.input('2', (replica) => replica.pass(ELECTION_MS));
    for (let beat = 0; beat < 60; beat += 1) {
      cluster.pass(HEARTBEAT_MS);
      cluster.tick('3');
      settle(cluster);
    }
    expect(cluster.member('3').replica.raft.term).toBe(1);
    expect(cluster.member('2').replica.raft.votedFor).toBe('1');
  });

  it('gets no vote of one who hears a leader, whatever its term', () => {
    const replica = new Replica({ id: '2', voters: ['1', '2'], term: 1 });
    replica.receive(heartbeatRequest({ from: '1', to: '2' }));
    replica.settle();
    const request = { from: '3', to: '2', term: 9, last: [9, 9] } as const;
    replica.receive(preVoteRequest(request), voteRequest(request));
    expect(replica.settle()).toMatchObject([{ kind: 'preVoteResponse', term: 1, granted: false }]);
    expect([replica.raft.term, replica.raft.leader]).toEqual([1, '1']);
  });
});

describe('A leader takes its leave of a replica that was removed', () => {
  /** 3 holds the log up to `matchIndex` when its removal is committed at 3. */
  function removing(matchIndex: number): Replica {
    const replica = new Replica();
    makeLeader(replica);
    replica.settle();
    for (const from of ['2', '3']) replica.receive(accepted(1, { from }));
    replica.changeMembers(['1', '2']);
    replica.settle();
    for (const from of ['2', '3']) replica.receive(accepted(2, { from }));
    replica.settle();
    if (matchIndex === 3) replica.receive(accepted(3, { from: '3' }));
    replica.messages();
    replica.receive(accepted(3));
    expect(replica.raft.commitIndex).toBe(3);
    return replica;
  }

  const THREE = replicaId('3');
  const followed = ({ raft }: Replica): boolean => {
    return raft.leadership?.progressOf(THREE) !== undefined;
  };

  it('tells it at once, and is done when it has answered the next heartbeat', () => {
    const replica = removing(3);
    expect(replica.messages().filter(({ to }) => to === '3')).toEqual([
      heartbeatRequest({ from: '1', to: '3', commit: 3 }),
    ]);
    replica.receive(heartbeatResponse({ from: '3', round: 1 }));
    replica.tick();
    expect(followed(replica)).toBe(true);
    replica.receive(heartbeatResponse({ from: '3', round: 2 }), heartbeatResponse({ round: 2 }));
    replica.tick();
    expect(followed(replica)).toBe(false);
    expect(replica.messages().at(-1)).toEqual(
      heartbeatRequest({ from: '1', to: '2', round: 3, commit: 3 }),
    );
  });

  it('sends what it lacks for that first, and gives up after a while', () => {
    const replica = removing(2);
    expect(replica.messages().filter(({ to }) => to === '3')).toEqual([
      heartbeatRequest({ from: '1', to: '3', commit: 2 }),
    ]);
    for (let tick = 1; tick < FAREWELL_TICKS_MAX; tick += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ round: tick + 1 }));
      expect(followed(replica)).toBe(true);
    }
    replica.tick();
    expect([followed(replica), replica.raft.roleName]).toEqual([false, 'leader']);
    // What it says later is of no use, and does no harm.
    replica.receive(accepted(3, { from: '3' }));
    expect(followed(replica)).toBe(false);
  });
});
