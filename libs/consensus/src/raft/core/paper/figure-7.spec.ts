import { preVoteRequest, preVoteResponse, voteRequest } from '../../testing/messages.js';
import { makeLeader } from '../../testing/elect.js';
import { ELECTION_MS, Replica } from '../../testing/replica.js';

/** The leader of term 8 and the followers (a) to (f) of Raft Figure 7. */
const LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
const FOLLOWERS = {
  a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
  b: [1, 1, 1, 4],
  c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  e: [1, 1, 1, 4, 4, 4, 4],
  f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
} as const;
type Name = keyof typeof FOLLOWERS;
const VOTERS = ['1', 'a', 'b', 'c', 'd', 'e', 'f'];

describe('Raft §5.3: Figure 7', () => {
  it.each([
    ['a', 3],
    ['b', 3],
    ['c', 1],
    ['d', 1],
    ['e', 3],
    ['f', 3],
  ] as const)('Raft §5.3: the log of follower (%s) is repaired in %i appends', (name, appends) => {
    const leader = new Replica({ voters: VOTERS, log: LEADER, term: 7 });
    makeLeader(leader, VOTERS.slice(1));
    leader.settle();
    const follower = new Replica({ id: name, voters: VOTERS, log: FOLLOWERS[name], term: 7 });
    // The append that opened the term has been lost; the first heartbeat finds that out. Then one
    // append is refused, one brings what the leader has on disk, one what it has in memory.
    leader.tick();
    let sent = 0;
    let requests = leader.messages().filter(({ to }) => to === name);
    while (requests.length > 0) {
      follower.receive(...requests);
      leader.receive(...follower.settle());
      requests = leader.settle().filter(({ to }) => to === name);
      sent += requests.length;
    }
    expect(follower.terms()).toEqual([...LEADER, 8]);
    expect(follower.disk.durableEntries).toEqual(leader.log());
    expect(sent).toBe(appends);
  });
});

describe('Raft §5.4.1: election restriction', () => {
  it('Raft §5.4.1: in Figure 7 the top log gets the votes of a, b, e and f and leads', () => {
    const grants = (Object.keys(FOLLOWERS) as Name[]).filter((name) => {
      const voter = new Replica({ id: name, voters: VOTERS, log: FOLLOWERS[name], term: 7 });
      voter.receive(voteRequest({ from: '1', to: name, term: 8, last: [10, 6] }));
      return voter.raft.votedFor === '1';
    });
    expect(grants).toEqual(['a', 'b', 'e', 'f']);
  });

  it.each([
    { own: [1, 1], last: [2, 1], granted: true, why: 'the same log' },
    { own: [1, 1], last: [3, 1], granted: true, why: 'a longer log of the same last term' },
    { own: [1, 1], last: [1, 1], granted: false, why: 'a shorter log of the same last term' },
    { own: [1, 1, 1], last: [1, 2], granted: true, why: 'a later last term, though shorter' },
    { own: [1, 2], last: [9, 1], granted: false, why: 'an earlier last term, though longer' },
    { own: [], last: [0, 0], granted: true, why: 'both empty' },
    { own: [1], last: [0, 0], granted: false, why: 'an empty log' },
  ] as const)('Raft §5.4.1: vote $granted for $why', ({ own, last, granted }) => {
    const replica = new Replica({ log: own, term: 4 });
    replica.receive(preVoteRequest({ term: 5, last }), voteRequest({ term: 5, last }));
    expect(replica.settle().map((message) => 'granted' in message && message.granted)).toEqual([
      granted,
      granted,
    ]);
    expect(replica.raft.votedFor).toBe(granted ? '2' : null);
  });

  it('Raft §5.4.1: entries that are received but not yet flushed count in the comparison', () => {
    const replica = new Replica({ log: [1] });
    makeLeader(replica);
    replica.propose('unflushed');
    replica.output();
    replica.tick(11);
    expect(replica.raft.roleName).toBe('follower');
    replica.output();
    replica.receive(preVoteRequest({ from: '2', term: 3, last: [2, 2] }));
    const { wallMs } = replica;
    expect(replica.output().messages).toEqual([
      {
        message: preVoteResponse({ from: '1', to: '2', term: 2, granted: false, wallMs }),
        after: 0,
      },
    ]);
  });

  it('Raft §5.4.1: a shorter log is refused, yet its term is taken', () => {
    const replica = new Replica({ log: [1, 1] });
    replica.pass(ELECTION_MS);
    replica.receive(voteRequest({ term: 6, last: [1, 1] }));
    expect([replica.raft.term, replica.raft.votedFor]).toEqual([6, null]);
  });
});
