import { membersEntry } from '../../testing/entries.js';
import { appendRequest, heartbeatRequest, heartbeatResponse } from '../../testing/messages.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';

const NOTHING = { messages: [], write: null };

/** A learner of 1, 2 and 3; the timeout is drawn at the start and with every change of its leader. */
function learner(): Replica {
  return new Replica({ id: '4', log: [1], learners: ['4'], timeoutTicks: [10, 10, 10, 12] });
}

/** Was a voter until 1 removed it, and knows. */
function removed(): Replica {
  const replica = new Replica({ id: '4', voters: ['1', '2', '3', '4'], log: [1] });
  const entries = [
    membersEntry(2, 1, { voters: ['1', '2', '3'], outgoing: ['1', '2', '3', '4'] }),
    membersEntry(3, 1, { voters: ['1', '2', '3'] }),
  ];
  replica.receive(appendRequest({ from: '1', to: '4', prev: [1, 1], entries, commit: 3 }));
  replica.settle();
  return replica;
}

function hear(replica: Replica, from: string, term = 1): void {
  replica.receive(heartbeatRequest({ from, to: '4', term, round: 1 }));
  const { wallMs } = replica;
  const answer = heartbeatResponse({ from: '4', to: from, term, round: 1, wallMs });
  expect(replica.settle()).toEqual([answer]);
}

function standing({ raft }: Replica): readonly unknown[] {
  return [raft.roleName, raft.term, raft.leader];
}

// Breaks otherwise: it names a leader that is gone for ever, and its node says that it hears one.
describe('A silent leader is forgotten by who may not campaign', () => {
  it.each([
    ['a learner', learner],
    ['a replica that was removed', removed],
  ])('%s: after an election timeout, without a word', (_who, make) => {
    const replica = make();
    hear(replica, '1');
    replica.tick(9);
    expect(standing(replica)).toEqual(['follower', 1, '1']);
    replica.tick();
    expect([...standing(replica), replica.output()]).toEqual(['follower', 1, null, NOTHING]);
    replica.tick(100);
    expect([...standing(replica), replica.output()]).toEqual(['follower', 1, null, NOTHING]);
  });

  it('not while it is heard', () => {
    const replica = learner();
    for (let beat = 0; beat < 50; beat += 1) {
      hear(replica, '1');
      replica.tick(9);
      expect(replica.raft.leader).toBe('1');
    }
  });

  it('not by ticks alone: the promise to it is in time', () => {
    const replica = learner();
    hear(replica, '1');
    replica.tick(ELECTION_MS - 1, 1);
    expect(replica.raft.leader).toBe('1');
    replica.tick(1, 1);
    expect(replica.raft.leader).toBeNull();
  });

  it('and followed again when it is heard again, or another one is', () => {
    const replica = learner();
    hear(replica, '1');
    replica.tick(10);
    hear(replica, '1');
    expect(standing(replica)).toEqual(['follower', 1, '1']);
    // Each silence is waited for anew, for another time.
    replica.tick(11);
    expect(standing(replica)).toEqual(['follower', 1, '1']);
    replica.tick();
    expect(standing(replica)).toEqual(['follower', 1, null]);
    hear(replica, '2', 2);
    expect(standing(replica)).toEqual(['follower', 2, '2']);
  });
});
