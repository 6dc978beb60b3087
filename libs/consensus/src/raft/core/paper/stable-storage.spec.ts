import { entriesOfTerms } from '../../testing/entries.js';
import { makeCandidate, makeLeader } from '../../testing/elect.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
  preVoteRequest,
  rejected,
  voteRequest,
  voteResponse,
} from '../../testing/messages.js';
import { Replica } from '../../testing/replica.js';

/** [kind, the write it waits for] of each message. */
function held(replica: Replica): readonly (readonly [string, number])[] {
  return replica.output().messages.map(({ message, after }) => [message.kind, after] as const);
}

describe('Raft Figure 2: no response leaves before its write', () => {
  it('Raft Figure 2: a vote waits for the write that remembers it', () => {
    const replica = new Replica();
    replica.receive(voteRequest());
    expect(held(replica)).toEqual([['voteResponse', 1]]);
    replica.receive(voteRequest());
    expect(held(replica)).toEqual([['voteResponse', 1]]);
    replica.flush();
    replica.receive(voteRequest());
    expect(held(replica)).toEqual([['voteResponse', 0]]);
  });

  it('Raft Figure 2: a refusal waits for the term that it tells', () => {
    const replica = new Replica({ log: [1, 1] });
    replica.receive(voteRequest({ term: 6, last: [1, 1] }));
    expect(held(replica)).toEqual([['voteResponse', 1]]);
    replica.receive(preVoteRequest({ from: '3', term: 6 }));
    expect(held(replica)).toEqual([['preVoteResponse', 1]]);
    replica.receive(heartbeatRequest({ from: '3', term: 5 }));
    expect(held(replica)).toEqual([['heartbeatResponse', 1]]);
  });

  it('Raft Figure 2: an acknowledgement waits for its entries', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(appendRequest({ entries: entriesOfTerms([1, 1]) }));
    expect(replica.output()).toEqual({
      messages: [{ message: accepted(2, { from: '1', to: '2' }), after: 1 }],
      write: {
        id: 1,
        hardState: null,
        truncateFrom: null,
        compactThrough: null,
        entries: entriesOfTerms([1, 1]),
      },
    });
  });

  it('Raft Figure 2: entries that came before and are being written are waited for as well', () => {
    const replica = new Replica({ term: 1 });
    const entries = entriesOfTerms([1, 1, 1]);
    replica.receive(appendRequest({ entries: entries.slice(0, 2) }));
    expect(held(replica)).toEqual([['appendResponse', 1]]);
    replica.receive(appendRequest({ prev: [2, 1], entries: entries.slice(2) }));
    expect(held(replica)).toEqual([['appendResponse', 2]]);
    replica.receive(appendRequest({ entries: entries.slice(0, 1) }));
    replica.receive(appendRequest({ entries }));
    replica.receive(appendRequest({ prev: [3, 1] }));
    expect(held(replica)).toEqual([
      ['appendResponse', 1],
      ['appendResponse', 2],
      ['appendResponse', 2],
    ]);
    replica.flush(1);
    replica.receive(appendRequest({ prev: [2, 1] }), appendRequest({ prev: [3, 1] }));
    expect(held(replica)).toEqual([
      ['appendResponse', 0],
      ['appendResponse', 2],
    ]);
  });

  it('Raft Figure 2: entries not yet handed over are waited for by the number to come', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(appendRequest({ entries: entriesOfTerms([1]) }));
    replica.receive(appendRequest({ entries: entriesOfTerms([1]) }));
    expect(held(replica)).toEqual([
      ['appendResponse', 1],
      ['appendResponse', 1],
    ]);
  });

  it('Raft Figure 2: after a truncation the write that put the old entries down covers nothing', () => {
    const replica = new Replica({ log: [1] });
    replica.receive(appendRequest({ prev: [1, 1], entries: entriesOfTerms([1, 1], 2) }));
    expect(held(replica)).toEqual([['appendResponse', 1]]);
    // Write 1 with 2@1 and 3@1 is under way when the leader of term 2 replaces both.
    replica.receive(
      appendRequest({ from: '3', term: 2, prev: [1, 1], entries: entriesOfTerms([2, 2], 2) }),
    );
    const { messages, write } = replica.output();
    expect(messages.map(({ after }) => after)).toEqual([2]);
    expect(write).toEqual({
      id: 2,
      hardState: { term: 2, votedFor: null },
      truncateFrom: 2,
      compactThrough: null,
      entries: entriesOfTerms([2, 2], 2),
    });
    replica.flush(1);
    replica.receive(
      appendRequest({ from: '3', term: 2, prev: [2, 2], commit: 3 }),
      appendRequest({ from: '3', term: 2, prev: [3, 2], commit: 3 }),
    );
    expect(held(replica)).toEqual([
      ['appendResponse', 2],
      ['appendResponse', 2],
    ]);
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([3, 1]);
    replica.flush();
    expect(replica.raft.applicableIndex).toBe(3);
    expect(replica.disk.durableEntries).toEqual(entriesOfTerms([1, 2, 2]));
  });

  it('Raft Figure 2: an entry replaced before it was handed over never reaches the disk', () => {
    const replica = new Replica({ log: [1] });
    replica.receive(appendRequest({ prev: [1, 1], entries: entriesOfTerms([1, 1], 2) }));
    replica.receive(
      appendRequest({ from: '3', term: 2, prev: [1, 1], entries: entriesOfTerms([2], 2) }),
    );
    expect(replica.output().write).toEqual({
      id: 1,
      hardState: { term: 2, votedFor: null },
      truncateFrom: null,
      compactThrough: null,
      entries: entriesOfTerms([2], 2),
    });
  });

  it('Raft Figure 2: an acknowledgement promises its term too', () => {
    const replica = new Replica({ log: [1] });
    replica.receive(appendRequest({ term: 4, prev: [1, 1] }));
    expect(held(replica)).toEqual([['appendResponse', 1]]);
  });

  it('Raft Figure 2: a refused append and a heartbeat promise no entry', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(appendRequest({ entries: entriesOfTerms([1]) }));
    replica.receive(appendRequest({ prev: [5, 1] }), heartbeatRequest());
    expect(replica.output().messages.slice(1)).toEqual([
      { message: rejected(5, [1, 1], { from: '1', to: '2' }), after: 0 },
      { message: heartbeatResponse({ from: '1', to: '2' }), after: 0 },
    ]);
  });

  it('Raft Figure 2: what is acknowledged by the commit index waits for the entries below it', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(appendRequest({ entries: entriesOfTerms([1, 1]), commit: 2 }));
    replica.receive(appendRequest({ entries: entriesOfTerms([1]) }));
    expect(replica.output().messages).toEqual([
      { message: accepted(2, { from: '1', to: '2' }), after: 1 },
      { message: accepted(2, { from: '1', to: '2' }), after: 1 },
    ]);
  });

  it('Raft Figure 2: a response held behind a write keeps the term in which it was made', () => {
    const replica = new Replica({ term: 1 });
    replica.receive(voteRequest({ from: '2', term: 2 }), voteRequest({ from: '3', term: 3 }));
    const { messages, write } = replica.output();
    expect(messages).toEqual([
      { message: voteResponse({ from: '1', to: '2', term: 2 }), after: 1 },
      { message: voteResponse({ from: '1', to: '3', term: 3 }), after: 1 },
    ]);
    expect(write?.hardState).toEqual({ term: 3, votedFor: '3' });
  });

  it('Raft Figure 2: votes are asked for only when the own vote is on the disk', () => {
    const replica = new Replica({ log: [1] });
    replica.receive(appendRequest({ prev: [1, 1], entries: entriesOfTerms([1], 2) }));
    expect(held(replica)).toEqual([['appendResponse', 1]]);
    makeCandidate(replica);
    expect(held(replica)).toEqual([
      ['voteRequest', 2],
      ['voteRequest', 2],
    ]);
  });

  it('Raft thesis §10.2.1: a leader sends before it has flushed, and counts itself after', () => {
    const replica = new Replica();
    const [first] = makeLeader(replica);
    expect(first).toMatchObject({ kind: 'appendRequest', entries: [{ index: 1 }] });
    replica.receive(accepted(1, { from: '2' }));
    expect(replica.raft.commitIndex).toBe(0);
    replica.flush();
    expect(replica.raft.commitIndex).toBe(1);
  });

  it('Raft Figure 2: writes flushed together are told once, by the last', () => {
    const replica = new Replica();
    makeLeader(replica);
    for (const command of ['x', 'y', 'z']) {
      replica.propose(command);
      replica.output();
    }
    replica.receive(accepted(4, { from: '3' }));
    expect(replica.raft.commitIndex).toBe(0);
    expect(replica.flush()).toBe(5);
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([4, 4]);
  });
});
