import { makeLeader } from '../../testing/elect.js';
import { accepted, heartbeatResponse, rejected } from '../../testing/messages.js';
import { Replica } from '../../testing/replica.js';
import {
  APPEND_BYTES_MAX,
  APPEND_ENTRIES_MAX,
  INFLIGHT_BYTES_MAX,
  INFLIGHT_MESSAGES_MAX,
} from '../limits.js';
import type { AppendRequest } from '../message.js';

const MEBIBYTE = 1024 * 1024;

describe('Leadership: what is sent to one follower', () => {
  it('a follower that answers nothing gets one probe, and one more after each heartbeat', () => {
    const replica = leader();
    for (const command of ['x', 'y', 'z']) replica.propose(command);
    expect(appends(replica)).toEqual([]);
    replica.receive(heartbeatResponse({ from: '2' }));
    expect(appends(replica)).toEqual([{ prev: 0, count: 4 }]);
    replica.propose('more');
    expect(appends(replica)).toEqual([]);
  });

  it('a follower that matches gets everything at once, without waiting', () => {
    const replica = leader(accepted(1));
    for (const command of ['x', 'y', 'z']) replica.propose(command);
    expect(appends(replica)).toEqual([
      { prev: 1, count: 1 },
      { prev: 2, count: 1 },
      { prev: 3, count: 1 },
    ]);
  });

  it('one message carries a bounded number of entries', () => {
    const replica = leader(accepted(1));
    replica.propose(...Array.from({ length: 2 * APPEND_ENTRIES_MAX + 5 }, () => 'x'));
    expect(counts(replica)).toEqual([APPEND_ENTRIES_MAX, APPEND_ENTRIES_MAX]);
    replica.receive(accepted(1 + APPEND_ENTRIES_MAX));
    expect(counts(replica)).toEqual([5]);
  });

  it('one message carries a bounded number of bytes', () => {
    const replica = leader(accepted(1));
    replica.propose(...Array.from({ length: 5 }, () => 'x'.repeat(0.4 * APPEND_BYTES_MAX)));
    expect(counts(replica)).toEqual([2, 2]);
    replica.receive(accepted(3));
    expect(counts(replica)).toEqual([1]);
  });

  // Breaks otherwise: a follower that comes back makes its leader read a whole window of its log in one turn.
  it('a few messages go at once to one that is far behind, and as many more after each answer', () => {
    const replica = leader();
    replica.propose(...Array.from({ length: 8 }, () => 'x'.repeat(0.9 * APPEND_BYTES_MAX)));
    expect(appends(replica)).toEqual([]);
    replica.receive(heartbeatResponse({ from: '2' }));
    expect(appends(replica)).toEqual([{ prev: 0, count: 2 }]);
    replica.receive(accepted(2));
    expect(appends(replica).map(({ prev }) => prev)).toEqual([2, 3]);
    replica.receive(accepted(3));
    expect(appends(replica).map(({ prev }) => prev)).toEqual([4, 5]);
    replica.receive(accepted(4));
    expect(appends(replica).map(({ prev }) => prev)).toEqual([6, 7]);
    replica.receive(accepted(5));
    expect(appends(replica).map(({ prev }) => prev)).toEqual([8]);
  });

  it('messages under way are bounded, and an answer lets the rest follow', () => {
    const replica = leader(accepted(1));
    for (let sent = 0; sent < INFLIGHT_MESSAGES_MAX + 50; sent += 1) replica.propose('x');
    expect(appends(replica)).toHaveLength(INFLIGHT_MESSAGES_MAX);
    replica.receive(accepted(3));
    expect(appends(replica)).toEqual([{ prev: 1 + INFLIGHT_MESSAGES_MAX, count: 50 }]);
  });

  it('bytes under way are bounded', () => {
    const replica = leader(accepted(1));
    for (let sent = 0; sent < 12; sent += 1) replica.propose('x'.repeat(MEBIBYTE));
    expect(appends(replica)).toHaveLength(INFLIGHT_BYTES_MAX / MEBIBYTE);
  });

  it('a follower whose window is full is asked by heartbeats whether messages were lost', () => {
    const replica = leader(accepted(1));
    for (let sent = 0; sent < INFLIGHT_MESSAGES_MAX + 50; sent += 1) replica.propose('x');
    replica.messages();
    replica.receive(heartbeatResponse());
    expect(appends(replica)).toEqual([{ prev: 1 + INFLIGHT_MESSAGES_MAX, count: 0 }]);
    replica.receive(rejected(1 + INFLIGHT_MESSAGES_MAX, [1, 1]));
    expect(appends(replica)).toEqual([{ prev: 1, count: INFLIGHT_MESSAGES_MAX + 50 }]);
  });

  it('one lost message refuses all after it, and is sent again once', () => {
    const replica = leader(accepted(1));
    for (const command of ['lost', 'x', 'y', 'z']) replica.propose(command);
    replica.messages();
    replica.receive(rejected(2, [1, 1]), rejected(3, [1, 1]), rejected(4, [1, 1]));
    expect(appends(replica)).toEqual([{ prev: 1, count: 4 }]);
  });

  it('a refusal that comes twice is answered once', () => {
    const replica = new Replica({ log: [1, 1, 1] });
    makeLeader(replica);
    replica.settle();
    replica.receive(accepted(2, { term: 2 }), rejected(3, [2, 1], { term: 2 }));
    replica.messages();
    replica.receive(rejected(2, [2, 1], { term: 2 }), rejected(2, [2, 1], { term: 2 }));
    expect(appends(replica)).toEqual([]);
  });

  it('a replica that lost what it acknowledged is asked by heartbeats only, not for ever', () => {
    const replica = leader(accepted(1));
    replica.propose('x');
    replica.messages();
    for (let answer = 0; answer < 100; answer += 1) replica.receive(rejected(1, [0, 0]));
    expect(appends(replica)).toEqual([]);
  });

  it('a follower that has everything is sent nothing but heartbeats', () => {
    const replica = leader(accepted(1));
    replica.tick();
    replica.settle();
    replica.receive(heartbeatResponse({ round: 2 }));
    expect(replica.messages()).toEqual([]);
  });

  it('an entry is counted where it is, by replica', () => {
    const replica = leader(accepted(1));
    const { leadership } = replica.raft;
    const [two, three, stranger] = ['2', '3', '9'].map((from) => accepted(0, { from }).from);
    const known = [replica.id, two, three, stranger].map((id) =>
      id === undefined ? null : leadership?.matchIndexOf(id),
    );
    expect(known).toEqual([1, 1, 0, 0]);
  });

  it('an empty proposal names no entry', () => {
    expect(() => leader().propose()).toThrow('Leadership: a proposal has an entry');
  });
});

/** A leader of term 1 whose first entry is flushed, after the given answers. */
function leader(...answers: readonly ReturnType<typeof accepted>[]): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.settle();
  replica.receive(...answers);
  replica.settle();
  return replica;
}

/** The appends sent to replica 2. */
function counts(replica: Replica): readonly number[] {
  return appends(replica).map(({ count }) => count);
}

function appends(replica: Replica): readonly { prev: number; count: number }[] {
  return replica
    .messages()
    .filter((sent): sent is AppendRequest => sent.kind === 'appendRequest' && sent.to === '2')
    .map(({ prevLogIndex, entries }) => ({ prev: prevLogIndex, count: entries.length }));
}
