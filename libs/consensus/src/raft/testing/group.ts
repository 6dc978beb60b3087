import { invariant } from '@sinkron/invariant';
import { Cluster, type ClusterObserver } from './cluster.js';

const DELIVERIES_MAX = 10_000;

/** Flushes and delivers between the replicas `among` until all is said; drops the other messages. */
export function settle(cluster: Cluster, among = [...cluster.members.keys()]): void {
  for (let deliveries = 0; deliveries < DELIVERIES_MAX; deliveries += 1) {
    for (const id of among) cluster.persist(id);
    const message = cluster.inTransit.shift();
    if (message === undefined) {
      if (among.every((id) => cluster.member(id).replica.disk.pendingCount === 0)) return;
      continue;
    }
    if (among.includes(message.from) && among.includes(message.to)) cluster.deliver(message);
  }
  invariant(false, 'settle: a conversation ends', { among });
}

/** A group of `size` voters of which 1 has just been elected, and its first entry committed. */
export function startGroup(size: number, observer?: ClusterObserver): Cluster {
  const cluster = new Cluster(observer);
  const voters = Array.from({ length: size }, (_, position) => String(position + 1));
  for (const id of voters) {
    // Replica 1 times out first, 2 next.
    cluster.add({ id, voters, timeoutTicks: [Math.min(9 + Number(id), 19)] });
  }
  for (let tick = 0; tick < 10; tick += 1) {
    cluster.pass(100);
    for (const id of voters) cluster.input(id, ({ raft, instant }) => raft.tick(instant));
  }
  settle(cluster);
  invariant(cluster.member('1').replica.raft.commitIndex === 1, 'startGroup: 1 leads');
  return cluster;
}
