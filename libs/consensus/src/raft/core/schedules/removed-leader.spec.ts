import { Cluster } from '../../testing/cluster.js';
import { settle, startGroup } from '../../testing/group.js';
import { HEARTBEAT_MS } from '../../testing/replica.js';

/**
 * 1 leads {1,2} and is removed. An entry stands in its log beyond the one that removes it, so that it may
 * not ask 2 to campaign yet and keeps its lease, which rests on 2 alone. 2 hears that the removal is
 * committed, and restarts: it is a sole voter now and "owes its silence to nobody".
 */
describe('A removed leader and the only voter that is left', () => {
  it('are never read by a lease while the other one leads', () => {
    const cluster: Cluster = startGroup(2);
    const old = cluster.member('1').replica;
    cluster.input('1', (replica) => {
      expect(replica.changeMembers(['2']).kind).toBe('appended');
    });
    let lost = false;
    // The append with entry 4 never reaches 2 (its process ends before).
    const conditions = {
      reaches: (message: { kind: string; entries?: readonly { index: number }[] }): boolean => {
        if (message.kind !== 'appendRequest') return true;
        const beyond = (message.entries ?? []).some(({ index }) => index >= 4);
        lost ||= beyond;
        return !beyond;
      },
      flushes: () => true,
    };
    // Joint entry is committed, the final one (3) appended and handed over, not answered yet.
    for (let step = 0; old.raft.lastIndex < 3 && step < 50; step += 1) {
      for (const id of ['1', '2']) cluster.persist(id);
      const message = cluster.inTransit.shift();
      if (message !== undefined) cluster.deliver(message);
    }
    expect([old.raft.lastIndex, old.raft.commitIndex]).toEqual([3, 2]);
    cluster.input('1', (replica) => {
      expect(replica.propose('one more').kind).toBe('appended');
    });
    settle(cluster, conditions as never);
    expect(lost).toBe(true);
    expect([old.raft.lastIndex, old.raft.commitIndex]).toEqual([4, 3]);
    expect(cluster.member('2').state.appliedIndex).toBe(3);
    expect(cluster.member('2').replica.raft.committedMembers).toMatchObject({
      voters: ['2'],
      outgoingVoters: [],
    });

    cluster.crash('2');
    cluster.pass(HEARTBEAT_MS);
    cluster.inTransit = [];
    cluster.restart('2');
    cluster.tick('2');
    for (let flush = 0; flush < 5; flush += 1) cluster.persist('2');
    const fresh = cluster.member('2').replica;
    expect([fresh.raft.roleName, fresh.raft.term]).toEqual(['leader', 2]);
    cluster.input('2', (replica) => void replica.propose('a write that 1 does not see'));
    for (let flush = 0; flush < 5; flush += 1) cluster.persist('2');
    expect(fresh.raft.commitIndex).toBe(fresh.raft.lastIndex);
    // Breaks otherwise: 1 answers reads by its lease, without what 2 has just committed.
    expect([old.raft.roleName, old.leaseValid()]).not.toEqual(['leader', true]);
  });
});
