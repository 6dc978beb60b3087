import { makeLeader } from '../../testing/elect.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
} from '../../testing/messages.js';
import { HEARTBEAT_MS, Replica } from '../../testing/replica.js';
import {
  PENDING_READS_MAX,
  ROUNDS_MAX,
  UNCOMMITTED_BYTES_MAX,
  UNCOMMITTED_ENTRIES_MAX,
} from '../limits.js';

const NO_QUORUM = { kind: 'refused', reason: 'noQuorum' };

describe('Schedules in which a refused proposal happens after all', () => {
  it('an isolated leader refuses once two heartbeats have gone unanswered, and appends nothing', () => {
    const replica = leader();
    replica.tick(3);
    expect(replica.propose('x')).toMatchObject({ kind: 'appended' });
    replica.pass(1);
    replica.settle();
    const { lastIndex } = replica.raft;
    expect(replica.propose('y')).toEqual(NO_QUORUM);
    expect([replica.raft.lastIndex, replica.output()]).toEqual([
      lastIndex,
      { messages: [], write: null },
    ]);
  });

  // Breaks otherwise: proposals gather behind an entry that never commits, and nobody refuses them.
  it('gathers behind an entry under way only as long as a majority is heard', () => {
    const replica = leader();
    const gathers = () => replica.raft.awaitsCommit(replica.instant);
    expect(gathers()).toBe(false);
    replica.propose('x');
    replica.settle();
    expect(gathers()).toBe(true);
    replica.receive(accepted(2));
    expect(gathers()).toBe(false);
    replica.propose('y');
    expect(gathers()).toBe(true);
    replica.pass(10_000);
    expect(gathers()).toBe(false);
  });

  it('a leader stopped for 10 s wakes and refuses before its first tick', () => {
    const replica = leader();
    replica.pass(10_000);
    expect(replica.propose('x')).toEqual(NO_QUORUM);
    expect(replica.raft.lastIndex).toBe(1);
  });

  it('but it asks at once whether it still leads, once, and goes on when a majority says so', () => {
    const replica = leader();
    replica.pass(10_000);
    replica.propose('x');
    replica.propose('y');
    expect(replica.messages()).toEqual(
      ['2', '3'].map((to) => heartbeatRequest({ from: '1', to, round: 2, commit: 1 })),
    );
    replica.receive(heartbeatResponse({ from: '3', round: 2 }));
    expect(replica.propose('z')).toMatchObject({ kind: 'appended', firstIndex: 2 });
  });

  it('answers to what was sent before it stopped do not open the door', () => {
    const replica = leader();
    replica.tick();
    replica.pass(10_000);
    replica.receive(heartbeatResponse({ from: '2', round: 2 }));
    expect(replica.propose('x')).toEqual(NO_QUORUM);
  });

  it('one answering follower of four is no majority', () => {
    const voters = ['1', '2', '3', '4', '5'];
    const replica = new Replica({ voters });
    makeLeader(replica, voters.slice(1));
    for (let round = 2; round < 6; round += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ from: '2', round }));
    }
    expect(replica.propose('x')).toEqual(NO_QUORUM);
  });

  it('a sole voter is its own majority, even when it was stopped', () => {
    const replica = new Replica({ voters: ['1'] });
    replica.tick();
    replica.settle();
    replica.pass(10_000);
    expect(replica.propose('x')).toMatchObject({ kind: 'appended', firstIndex: 2 });
  });

  it('a healthy leader takes proposals at every moment', () => {
    const replica = leader();
    for (let round = 2; round < 50; round += 1) {
      replica.tick();
      expect(replica.propose('just before the answer')).toMatchObject({ kind: 'appended' });
      replica.settle();
      replica.pass(HEARTBEAT_MS / 2);
      replica.receive(heartbeatResponse({ from: '2', round }));
      replica.pass(-HEARTBEAT_MS / 2);
    }
  });

  it('a proposal of a leader that was deposed is refused, and one appended is replaced', () => {
    const replica = leader();
    expect(replica.propose('x')).toMatchObject({ kind: 'appended', term: 1, firstIndex: 2 });
    replica.receive(appendRequest({ term: 2, prev: [1, 1], entries: [] }));
    expect(replica.propose('y')).toEqual({ kind: 'refused', reason: 'notLeader' });
  });
});

describe('Schedules that fill the memory of a leader', () => {
  it('proposals are refused above the bytes that may be uncommitted, until some commit', () => {
    const replica = leader();
    const large = 'x'.repeat(1024 * 1024);
    let taken = 0;
    while (replica.propose(large).kind === 'appended') taken += 1;
    expect(taken).toBe(UNCOMMITTED_BYTES_MAX / (1024 * 1024));
    expect(replica.propose('y')).toEqual({ kind: 'refused', reason: 'overloaded' });
    replica.settle();
    replica.receive(accepted(2, { from: '2' }));
    expect(replica.propose('y')).toMatchObject({ kind: 'appended' });
  });

  it('proposals are refused above the entries that may be uncommitted', () => {
    const replica = leader();
    const payloads = Array.from({ length: UNCOMMITTED_ENTRIES_MAX }, () => 'x');
    expect(replica.propose(...payloads)).toMatchObject({ kind: 'appended' });
    expect(replica.propose('y')).toEqual({ kind: 'refused', reason: 'overloaded' });
    replica.settle();
    replica.receive(accepted(UNCOMMITTED_ENTRIES_MAX, { from: '2' }));
    expect(replica.propose('y')).toMatchObject({ kind: 'appended' });
  });

  it('reads are refused above the number that may wait', () => {
    const replica = leader();
    for (let id = 1; id <= PENDING_READS_MAX; id += 1) replica.requestRead(id);
    expect(replica.requestRead(0)).toBe('overloaded');
  });

  it('more rounds than are remembered cost neither the lease nor the proposals', () => {
    const replica = leader();
    for (let id = 1; id <= 2 * ROUNDS_MAX; id += 1) replica.requestRead(id);
    const rounds = replica.messages().flatMap((sent) => ('round' in sent ? [sent.round] : []));
    expect(Math.max(...rounds)).toBe(1 + ROUNDS_MAX);
    // The answer to the oldest comes while all the others are still under way.
    replica.pass(HEARTBEAT_MS);
    replica.receive(heartbeatResponse({ from: '2', round: 2 }));
    expect(replica.raft.takeReads().confirmed.map(({ id }) => id)).toEqual([1]);
    expect(replica.propose('x')).toMatchObject({ kind: 'appended' });
    replica.pass(7 * HEARTBEAT_MS);
    expect(replica.leaseValid()).toBe(true);
    // Reads that found no room for a round of their own share the next heartbeat.
    replica.tick();
    replica.receive(heartbeatResponse({ from: '2', round: 2 + ROUNDS_MAX }));
    expect(replica.raft.takeReads().confirmed).toHaveLength(2 * ROUNDS_MAX - 1);
  });
});

/** A leader of term 1 whose first entry is committed, its round 1 answered by all. */
function leader(): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.settle();
  replica.receive(accepted(1, { from: '2' }), accepted(1, { from: '3' }));
  replica.settle();
  return replica;
}
