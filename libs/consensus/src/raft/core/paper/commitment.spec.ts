import { entriesOfTerms } from '../../testing/entries.js';
import { makeLeader } from '../../testing/elect.js';
import { accepted, appendRequest, heartbeatRequest, voteRequest } from '../../testing/messages.js';
import { Replica } from '../../testing/replica.js';

const FIVE = ['1', '2', '3', '4', '5'];

describe('Raft §5.4.2: committing entries from previous terms', () => {
  it('Raft §5.4.2: Figure 8 (c): an entry of an earlier term is not committed by counting', () => {
    const replica = new Replica({ voters: FIVE, log: [1, 2], term: 3 });
    makeLeader(replica, FIVE.slice(1));
    replica.settle();
    // S2 and S3 store index 2 of term 2: a majority with S1, and yet it can be overwritten.
    replica.receive(accepted(2, { from: '2', term: 4 }), accepted(2, { from: '3', term: 4 }));
    expect(replica.raft.commitIndex).toBe(0);
  });

  it('Raft §5.4.2: Figure 8 (d): so S5 with a later term may overwrite it everywhere', () => {
    const stored = entriesOfTerms([1, 3]);
    const votes = ['2', '3', '4'].map((id) => {
      const log = id === '4' ? [1] : [1, 2];
      const voter = new Replica({ id, voters: FIVE, log, term: 4 });
      voter.receive(voteRequest({ from: '5', to: id, term: 5, last: [2, 3] }));
      voter.receive(appendRequest({ from: '5', to: id, term: 5, entries: stored }));
      voter.settle();
      return [voter.raft.votedFor, voter.terms()];
    });
    expect(votes).toEqual([
      ['5', [1, 3]],
      ['5', [1, 3]],
      ['5', [1, 3]],
    ]);
  });

  it('Raft §5.4.2: Figure 8 (e): an entry of its own term commits all before it', () => {
    const replica = new Replica({ voters: FIVE, log: [1, 2], term: 3 });
    makeLeader(replica, FIVE.slice(1));
    replica.settle();
    replica.receive(accepted(3, { from: '2', term: 4 }));
    expect(replica.raft.commitIndex).toBe(0);
    replica.receive(accepted(3, { from: '3', term: 4 }));
    expect(replica.raft.commitIndex).toBe(3);
    const s5 = { from: '5', term: 5, last: [2, 3] } as const;
    const voter = new Replica({ id: '2', voters: FIVE, log: [1, 2, 4] });
    voter.receive(voteRequest({ ...s5, to: '2' }));
    expect(voter.raft.votedFor).toBeNull();
  });

  it('Raft §5.4.2: the leader commits nothing at its election, whatever it finds on its disk', () => {
    const replica = new Replica({ voters: ['1'], log: [1, 1, 1] });
    replica.tick(10);
    replica.output();
    replica.flush();
    expect([replica.raft.roleName, replica.raft.commitIndex]).toEqual(['leader', 0]);
    replica.settle();
    expect(replica.raft.commitIndex).toBe(4);
  });

  it('Raft §5.3: an acknowledgement of more than the leader has is no evidence', () => {
    const replica = new Replica();
    makeLeader(replica);
    replica.receive(accepted(9, { from: '2' }), accepted(9, { from: '3' }));
    expect(replica.raft.commitIndex).toBe(0);
  });

  it('Raft §5.3: acknowledgements of learners and strangers do not commit', () => {
    const replica = new Replica({ learners: ['4'] });
    makeLeader(replica);
    replica.settle();
    replica.receive(accepted(1, { from: '4' }), accepted(1, { from: '9' }));
    expect(replica.raft.commitIndex).toBe(0);
  });

  it('Raft §5.3: a follower told to commit what it acknowledged and lacks has lost data: it stops', () => {
    const replica = new Replica({ log: [1] });
    expect(() => replica.receive(heartbeatRequest({ commit: 2 }))).toThrow(
      'RaftLog: commits only what it has',
    );
  });

  it('Raft §6: in a joint configuration both majorities must store an entry', () => {
    const replica = new Replica({ voters: ['1', '2', '3'], outgoingVoters: ['1', '4', '5'] });
    makeLeader(replica, ['2', '4']);
    replica.settle();
    replica.receive(accepted(1, { from: '2' }), accepted(1, { from: '3' }));
    expect(replica.raft.commitIndex).toBe(0);
    replica.receive(accepted(1, { from: '5' }));
    expect(replica.raft.commitIndex).toBe(1);
  });
});
