import { settle, startGroup } from '../../testing/group.js';
import { HEARTBEAT_MS } from '../../testing/replica.js';
import type { Cluster } from '../../testing/cluster.js';
import { replicaId } from '../identifiers.js';
import type { Message } from '../message.js';

type Link = Pick<Message, 'from' | 'to'>;

/** Beats of all but those who are cut off, each followed by all that is said. */
function beats(cluster: Cluster, count: number, cut: readonly string[] = []): void {
  for (let beat = 0; beat < count; beat += 1) {
    cluster.pass(HEARTBEAT_MS);
    for (const { id } of cluster.members.values()) cluster.tick(id);
    settle(cluster, {
      reaches: ({ from, to }) => !cut.includes(from) && !cut.includes(to),
      flushes: () => true,
    });
  }
}

function transfer(cluster: Cluster, to: string): void {
  cluster.input('1', ({ raft, instant }) => raft.transfer(replicaId(to), instant));
}

describe('schedules: leadership transfer', () => {
  // Breaks otherwise: the request to campaign arrives after the prior leader gave up waiting; the
  // other is elected by those who have just heard the prior leader, which answers reads by a lease.
  it('a request that arrives late never meets a lease', () => {
    const cluster = startGroup(3);
    beats(cluster, 1);
    transfer(cluster, '2');
    const late = cluster.inTransit.splice(0);
    expect(late.map(({ kind }) => kind)).toEqual(['timeoutNowRequest']);
    const { replica } = cluster.member('1');
    for (let beat = 0; beat < 9; beat += 1) {
      beats(cluster, 1, ['2']);
      expect([replica.raft.term, replica.leaseValid()]).toEqual([1, false]);
    }
    const among2And3 = { reaches: ({ from, to }: Link) => from !== '1' && to !== '1' };
    settle(cluster, { ...among2And3, flushes: () => true });
    // Asked on the way past the cut, 2 leads while 1 still believes that it does.
    const [request] = late;
    if (request === undefined) throw new Error('nobody was asked');
    cluster.deliver(request);
    settle(cluster, { ...among2And3, flushes: () => true });
    expect(cluster.member('2').replica.raft.roleName).toBe('leader');
    expect([replica.raft.roleName, replica.leaseValid()]).toEqual(['leader', false]);
  });

  // Breaks otherwise: the term that the leader went on to has no lease either, for ever.
  it('a leader that goes on has a lease in its next term, and the late request is stale', () => {
    const cluster = startGroup(3);
    beats(cluster, 1);
    transfer(cluster, '2');
    const late = cluster.inTransit.splice(0);
    beats(cluster, 11, ['2']);
    const { replica } = cluster.member('1');
    expect([replica.raft.roleName, replica.raft.term, replica.leaseValid()]).toEqual([
      'leader',
      2,
      true,
    ]);
    beats(cluster, 2);
    cluster.inTransit.push(...late);
    settle(cluster);
    expect([replica.raft.roleName, replica.raft.term]).toEqual(['leader', 2]);
    expect(cluster.member('2').replica.raft.leader).toBe('1');
  });

  // Breaks otherwise: nobody was asked on behalf of the second, so the leader goes on in a term whose
  // lease has ended: no session is kept alive any more, and all of them expire.
  it('a leader that asked one, then chose another who never catches up, has a lease again', () => {
    const cluster = startGroup(3);
    beats(cluster, 1, ['3']);
    cluster.input('1', (replica) => replica.propose('a'));
    beats(cluster, 1, ['3']);
    transfer(cluster, '2');
    expect(cluster.inTransit.map(({ kind }) => kind)).toEqual(['timeoutNowRequest']);
    cluster.inTransit = [];
    transfer(cluster, '3');
    const { replica } = cluster.member('1');
    for (let beat = 0; beat < 12; beat += 1) {
      cluster.pass(HEARTBEAT_MS);
      for (const { id } of cluster.members.values()) cluster.tick(id);
      // 3 is cut off, and whatever asks 2 to campaign is lost.
      cluster.inTransit = cluster.inTransit.filter(({ kind }) => kind !== 'timeoutNowRequest');
      settle(cluster, {
        reaches: ({ from, to }) => from !== '3' && to !== '3',
        flushes: () => true,
      });
    }
    expect([replica.raft.roleName, replica.raft.term, replica.leaseValid()]).toEqual([
      'leader',
      2,
      true,
    ]);
  });

  // Breaks otherwise: commands go on and the one who is to lead never catches up.
  it('nothing is appended while the other catches up, and nothing is lost', () => {
    const cluster = startGroup(3);
    cluster.input('1', (replica) => replica.propose('a', 'b'));
    transfer(cluster, '3');
    cluster.input('1', (replica) => expect(replica.propose('c').kind).toBe('refused'));
    settle(cluster);
    expect(cluster.member('3').replica.raft.roleName).toBe('leader');
    expect(cluster.member('3').replica.terms()).toEqual([1, 1, 1, 2]);
    expect(cluster.member('3').state.appliedIndex).toBe(4);
  });

  // Breaks otherwise: the one who was asked campaigns for ever with the right to disturb.
  it('only the very next term may be campaigned for without regard to the leader', () => {
    const cluster = startGroup(3);
    beats(cluster, 1);
    transfer(cluster, '2');
    const [request] = cluster.inTransit.splice(0);
    if (request === undefined) throw new Error('nobody was asked');
    cluster.deliver(request);
    cluster.persist('2');
    cluster.inTransit = [];
    expect(cluster.member('2').replica.raft.roleName).toBe('candidate');
    // Its votes are lost; it tries again as everybody does, while the others have the leader.
    beats(cluster, 14, ['2']);
    const requests = cluster.member('2').replica;
    expect([requests.raft.roleName, requests.raft.term]).toEqual(['preCandidate', 2]);
  });
});
