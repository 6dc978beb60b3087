import { makeLeader } from '../../testing/elect.js';
import { accepted, heartbeatRequest, heartbeatResponse } from '../../testing/messages.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';

/** How long a lease lasts: an election timeout less the drift between two clocks. */
const LEASE_MS = ELECTION_MS * 0.9;

describe('Raft thesis §6.4: ReadIndex', () => {
  it('Raft thesis §6.4: a read waits for a round that is sent after it came', () => {
    const replica = settledLeader();
    expect(replica.requestRead(7)).toBe('waiting');
    expect(replica.messages()).toEqual(
      ['2', '3'].map((to) => heartbeatRequest({ from: '1', to, round: 2, commit: 1 })),
    );
    replica.receive(heartbeatResponse({ from: '2', round: 1 }));
    expect(replica.raft.takeReads()).toEqual({ confirmed: [], lost: [] });
    replica.receive(heartbeatResponse({ from: '2', round: 2 }));
    expect(replica.raft.takeReads()).toEqual({ confirmed: [{ id: 7, readIndex: 1 }], lost: [] });
    expect(replica.raft.takeReads()).toEqual({ confirmed: [], lost: [] });
  });

  it('Raft thesis §6.4: the read index is the commit index when the read came', () => {
    const replica = settledLeader();
    replica.propose('x');
    replica.settle();
    replica.requestRead(7);
    replica.receive(accepted(2, { from: '2' }));
    expect(replica.raft.commitIndex).toBe(2);
    replica.receive(heartbeatResponse({ from: '3', round: 2 }));
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 7, readIndex: 1 }]);
  });

  it('Raft thesis §6.4: any answer to a later request confirms, also to an append', () => {
    const replica = settledLeader();
    replica.requestRead(7);
    replica.propose('x');
    replica.settle();
    replica.receive(accepted(2, { from: '3', round: 2 }));
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 7, readIndex: 1 }]);
  });

  it('Raft thesis §6.4: a new leader answers from the first entry of its term on', () => {
    const replica = new Replica({ log: [1, 1], commitIndex: 1 });
    makeLeader(replica);
    replica.requestRead(7);
    replica.receive(heartbeatResponse({ from: '2', term: 2, round: 2 }));
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 7, readIndex: 3 }]);
  });

  it('Raft thesis §6.4: one round confirms all reads before it, in order', () => {
    const replica = settledLeader();
    for (const id of [7, 8, 9]) replica.requestRead(id);
    replica.receive(heartbeatResponse({ from: '2', round: 3 }));
    expect(replica.raft.takeReads().confirmed.map(({ id }) => id)).toEqual([7, 8]);
    replica.receive(heartbeatResponse({ from: '3', round: 4 }));
    expect(replica.raft.takeReads().confirmed.map(({ id }) => id)).toEqual([9]);
  });

  it('Raft thesis §6.4: reads of a leader that is deposed are lost, and said so', () => {
    const replica = settledLeader();
    replica.requestRead(7);
    replica.receive(heartbeatRequest({ from: '2', term: 2 }));
    expect(replica.raft.takeReads()).toEqual({ confirmed: [], lost: [7] });
  });

  it('Raft thesis §6.4: reads of a leader that steps down for silence are lost', () => {
    const replica = settledLeader();
    replica.requestRead(7);
    replica.tick(11);
    expect(replica.raft.takeReads()).toEqual({ confirmed: [], lost: [7] });
  });

  it('Raft thesis §6.4: only the leader takes reads', () => {
    expect(new Replica().requestRead(7)).toBe('notLeader');
  });

  it('Raft thesis §6.4: a sole voter confirms at once', () => {
    const replica = new Replica({ voters: ['1'] });
    replica.tick();
    replica.settle();
    replica.requestRead(7);
    expect(replica.raft.takeReads().confirmed).toEqual([{ id: 7, readIndex: 1 }]);
  });
});

describe('Raft thesis §6.4.1: the lease of a leader', () => {
  it('Raft thesis §6.4.1: runs from the sending of a round that a majority has answered', () => {
    const replica = settledLeader();
    replica.tick();
    replica.messages();
    replica.pass(300);
    replica.receive(heartbeatResponse({ from: '2', round: 2 }));
    replica.pass(LEASE_MS - 301);
    expect(replica.leaseValid()).toBe(true);
    replica.pass(1);
    expect(replica.leaseValid()).toBe(false);
  });

  it('Raft thesis §6.4.1: needs a majority', () => {
    const voters = ['1', '2', '3', '4', '5'];
    const replica = new Replica({ voters });
    makeLeader(replica, voters.slice(1));
    replica.settle();
    replica.receive(accepted(1, { from: '2' }));
    expect(replica.leaseValid()).toBe(false);
    replica.receive(accepted(1, { from: '4' }));
    expect(replica.leaseValid()).toBe(true);
  });

  it('Raft thesis §6.4.1: begins when an entry of the term is committed, not before', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.receive(heartbeatResponse({ from: '2', round: 1 }));
    expect(replica.leaseValid()).toBe(false);
    replica.settle();
    replica.receive(accepted(1, { from: '2' }));
    expect(replica.leaseValid()).toBe(true);
  });

  it('Raft thesis §6.4.1: a late answer to an old round adds no time', () => {
    const replica = settledLeader();
    replica.tick(8);
    replica.receive(heartbeatResponse({ from: '3', round: 1 }));
    replica.pass(LEASE_MS - 800);
    expect(replica.leaseValid()).toBe(false);
  });

  it('Raft thesis §6.4.1: a follower has none', () => {
    const replica = settledLeader();
    replica.receive(heartbeatRequest({ from: '2', term: 2 }));
    expect(replica.leaseValid()).toBe(false);
  });
});

/** A leader of term 1 whose first entry is committed; its rounds begin with 2. */
function settledLeader(): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.settle();
  replica.receive(accepted(1, { from: '2' }), accepted(1, { from: '3' }));
  replica.settle();
  return replica;
}
