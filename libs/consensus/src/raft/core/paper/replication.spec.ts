import type { Entry } from '../entry.js';
import { entry, entriesOfTerms, entryName } from '../../testing/entries.js';
import { makeLeader } from '../../testing/elect.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
  rejected,
} from '../../testing/messages.js';
import { Replica, START_WALL_MS } from '../../testing/replica.js';

describe('Raft §5.3: log replication, the leader', () => {
  it('Raft §5.3: a new leader opens its term with an entry and sends it to everybody', () => {
    const replica = new Replica({ log: [1, 1], learners: ['4'] });
    const sent = makeLeader(replica);
    const [, , opening] = replica.log();
    const request = {
      from: '1',
      term: 2,
      prev: [2, 1],
      entries: present(opening),
      round: 1,
    } as const;
    expect(opening).toEqual(entry(3, 2, '', START_WALL_MS + 1000, 'noop'));
    expect(sent).toEqual(['2', '3', '4'].map((to) => appendRequest({ ...request, to })));
  });

  it('Raft §5.3: a leader appends a command to its log and sends it in parallel', () => {
    const replica = leaderWithMatch();
    expect(replica.propose('x', 'y')).toEqual({ kind: 'appended', term: 1, firstIndex: 2 });
    const entries = [
      entry(2, 1, 'x', replica.wallMs, 'commands'),
      entry(3, 1, 'y', replica.wallMs, 'commands'),
    ];
    const request = { from: '1', prev: [1, 1], entries, commit: 1, round: 1 } as const;
    expect(replica.output()).toEqual({
      messages: [
        { message: appendRequest({ ...request, to: '2' }), after: 0 },
        { message: appendRequest({ ...request, to: '3' }), after: 0 },
      ],
      write: { id: 3, hardState: null, truncateFrom: null, compactThrough: null, entries },
    });
  });

  it('Raft §5.3: heartbeats go to everybody, each tick, with what each is known to match', () => {
    const replica = leaderWithMatch();
    replica.propose('x');
    replica.settle();
    replica.receive(accepted(2, { from: '2' }));
    replica.output();
    replica.tick();
    expect(replica.output()).toEqual({
      messages: [
        { message: heartbeatRequest({ from: '1', to: '2', round: 2, commit: 2 }), after: 0 },
        { message: heartbeatRequest({ from: '1', to: '3', round: 2, commit: 1 }), after: 0 },
      ],
      write: null,
    });
  });

  it('Raft §5.3: an entry is committed when a majority stores it, the leader among them', () => {
    const replica = leaderWithMatch();
    replica.propose('x');
    replica.output();
    replica.receive(accepted(2, { from: '2' }));
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([1, 1]);
    replica.flush();
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([2, 2]);
  });

  it('Raft §5.3: followers alone commit while the disk of the leader is slow', () => {
    const replica = leaderWithMatch();
    replica.propose('x');
    replica.output();
    replica.receive(accepted(2, { from: '2' }), accepted(2, { from: '3' }));
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([2, 1]);
    replica.flush();
    expect(replica.raft.applicableIndex).toBe(2);
  });

  it('Raft §5.3: the commit index reaches followers with the next append', () => {
    const replica = leaderWithMatch();
    replica.propose('x');
    replica.settle();
    replica.receive(accepted(2, { from: '2' }));
    replica.output();
    replica.propose('y');
    expect(replica.messages()).toMatchObject([
      { to: '2', prevLogIndex: 2, leaderCommit: 2 },
      { to: '3', prevLogIndex: 2, leaderCommit: 2 },
    ]);
  });

  it('Raft §5.3: refused, the leader goes back and tries again until the logs match', () => {
    const replica = new Replica({ log: [1, 1, 2, 2, 2] });
    makeLeader(replica);
    replica.settle();
    replica.receive(rejected(5, [3, 1], { from: '2', term: 3 }));
    const [, , third, fourth, fifth, opening] = replica.log();
    const request = { from: '1', to: '2', term: 3 } as const;
    expect(replica.messages()).toEqual([
      appendRequest({ ...request, prev: [2, 1], entries: present(third, fourth, fifth) }),
    ]);
    replica.receive(accepted(5, { from: '2', term: 3 }));
    expect(replica.messages()).toEqual([
      appendRequest({ ...request, prev: [5, 2], entries: present(opening) }),
    ]);
    replica.receive(accepted(6, { from: '2', term: 3 }));
    expect(replica.raft.leadership?.progressOf(accepted(0).from)).toMatchObject({
      matchIndex: 6,
      nextIndex: 7,
      state: 'replicate',
    });
  });

  it('Raft §5.3: each conflicting term costs one round trip, not each entry', () => {
    const replica = new Replica({ log: [1, ...repeated(2, 500), ...repeated(7, 500)] });
    makeLeader(replica);
    replica.settle();
    const follower = new Replica({ id: '2', log: [1, ...repeated(3, 400), ...repeated(5, 700)] });
    let trips = 0;
    let requests = replica.settle();
    replica.receive(rejected(1001, [1001, 5], { from: '2', term: 8 }));
    requests = replica.settle();
    while (requests.length > 0) {
      trips += 1;
      follower.receive(...requests.filter(({ to }) => to === '2'));
      replica.receive(...follower.settle());
      requests = replica.settle().filter(({ to }) => to === '2');
    }
    expect(follower.terms()).toEqual(replica.terms());
    expect(trips).toBeLessThanOrEqual(4);
  });

  it('Raft §5.3: a lost append is found by the heartbeat after it', () => {
    const replica = leaderWithMatch();
    replica.propose('lost');
    replica.settle();
    replica.tick();
    replica.messages();
    replica.receive(heartbeatResponse({ from: '2', round: 2 }));
    expect(replica.messages()).toEqual([
      appendRequest({ from: '1', to: '2', prev: [2, 1], commit: 1, round: 2 }),
    ]);
    replica.receive(rejected(2, [1, 1], { from: '2', round: 2 }));
    expect(replica.messages()).toMatchObject([
      { kind: 'appendRequest', to: '2', prevLogIndex: 1, entries: [{ index: 2 }] },
    ]);
  });
});

describe('Raft §5.3: log replication, the follower', () => {
  const given = [1, 1, 4, 4];

  it.each([
    { name: 'appends to an empty log', log: [], prev: [0, 0], add: [1], want: [1], match: 1 },
    { name: 'appends', log: given, prev: [4, 4], add: [4, 5], want: [...given, 4, 5], match: 6 },
    { name: 'keeps what it has', log: given, prev: [0, 0], add: [1, 1], want: given, match: 2 },
    {
      name: 'takes a heartbeat-like append',
      log: given,
      prev: [2, 1],
      add: [],
      want: given,
      match: 2,
    },
    { name: 'deletes a conflict', log: given, prev: [2, 1], add: [5], want: [1, 1, 5], match: 3 },
    {
      name: 'deletes from the conflict on',
      log: given,
      prev: [1, 1],
      add: [1, 5, 5],
      want: [1, 1, 5, 5],
      match: 4,
    },
    { name: 'replaces everything', log: given, prev: [0, 0], add: [2], want: [2], match: 1 },
  ] as const)('Raft §5.3: $name', ({ log, prev, add, want, match }) => {
    const replica = new Replica({ log, term: 6 });
    const entries = entriesOfTerms(add, prev[0] + 1);
    replica.receive(appendRequest({ term: 6, prev, entries, round: 9 }));
    expect(replica.settle()).toEqual([accepted(match, { from: '1', to: '2', term: 6, round: 9 })]);
    expect(replica.terms()).toEqual(want);
    expect(replica.disk.durableEntries.map((found) => found.term)).toEqual(want);
  });

  it.each([
    { name: 'a gap', log: [1, 1], prev: [5, 4], hint: [2, 1] },
    { name: 'another term', log: [1, 4, 4], prev: [3, 5], hint: [3, 4] },
    { name: 'a whole later term is skipped', log: [1, 2, 4, 4, 4], prev: [5, 3], hint: [2, 2] },
    { name: 'nothing in common', log: [4, 4], prev: [2, 2], hint: [0, 0] },
  ] as const)('Raft §5.3: refuses with a hint: $name', ({ log, prev, hint }) => {
    const replica = new Replica({ log, term: 6 });
    const entries = entriesOfTerms([6], prev[0] + 1);
    replica.receive(appendRequest({ term: 6, prev, entries, round: 9 }));
    expect(replica.output()).toEqual({
      messages: [
        {
          message: rejected(prev[0], hint, { from: '1', to: '2', term: 6, round: 9 }),
          after: 0,
        },
      ],
      write: null,
    });
    expect(replica.terms()).toEqual(log);
  });

  it('Raft §5.3: commits no further than the last entry it knows to match', () => {
    const replica = new Replica({ log: [1, 1, 2, 2], term: 5 });
    replica.receive(appendRequest({ term: 5, prev: [2, 1], commit: 4 }));
    expect(replica.raft.commitIndex).toBe(2);
    replica.receive(heartbeatRequest({ term: 5, commit: 1 }));
    expect(replica.raft.commitIndex).toBe(2);
  });

  it('Raft §5.3: applies only what is on its own disk', () => {
    const replica = new Replica();
    replica.receive(appendRequest({ entries: entriesOfTerms([1, 1]), commit: 2 }));
    replica.output();
    expect([replica.raft.commitIndex, replica.raft.applicableIndex]).toEqual([2, 0]);
    replica.flush();
    expect(replica.raft.applicableIndex).toBe(2);
  });

  it('Raft §5.3: a late append below the commit index is answered with what is committed', () => {
    const replica = new Replica({ log: [1, 1, 1], commitIndex: 2 });
    replica.receive(appendRequest({ prev: [0, 0], entries: entriesOfTerms([1]) }));
    expect(replica.messages()).toEqual([accepted(2, { from: '1', to: '2' })]);
  });

  it('Raft §5.3: an old append after a newer one takes nothing away', () => {
    const replica = new Replica();
    const entries = entriesOfTerms([1, 1, 1]);
    replica.receive(appendRequest({ entries }));
    replica.settle();
    replica.receive(appendRequest({ entries: entries.slice(0, 1) }));
    expect(replica.messages()).toEqual([accepted(1, { from: '1', to: '2' })]);
    expect(replica.log().map(entryName)).toEqual(['1@1', '2@1', '3@1']);
  });
});

/** A leader of term 1 whose first entry is committed and known to match everywhere. */
function leaderWithMatch(): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.settle();
  replica.receive(accepted(1, { from: '2' }), accepted(1, { from: '3' }));
  replica.settle();
  return replica;
}

function present(...entries: readonly (Entry | undefined)[]): readonly Entry[] {
  return entries.filter((found) => found !== undefined);
}

function repeated(value: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => value);
}
