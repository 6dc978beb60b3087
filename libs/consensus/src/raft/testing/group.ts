import { invariant } from '@sinkron/invariant';
import type { Message } from '../core/message.js';
import { Cluster } from './cluster.js';

const DELIVERIES_MAX = 10_000;

export interface Conditions {
  /** Whether a message arrives; others are lost. */
  reaches(message: Message): boolean;
  /** Whether the disk of this replica works. */
  flushes(id: string): boolean;
}

/** Flushes and delivers until all is said. */
export function settle(cluster: Cluster, conditions: Conditions = everythingWorks): void {
  const { members } = cluster;
  for (let deliveries = 0; deliveries < DELIVERIES_MAX; deliveries += 1) {
    let flushed = false;
    for (const id of members.keys()) {
      if (!conditions.flushes(id)) continue;
      if (cluster.persist(id) !== null) flushed = true;
      if (cluster.finishInstall(id)) flushed = true;
    }
    const message = cluster.inTransit.shift();
    if (message === undefined && !flushed) return;
    if (message !== undefined && conditions.reaches(message)) cluster.deliver(message);
  }
  invariant(false, 'settle: a conversation ends');
}

const everythingWorks: Conditions = { reaches: () => true, flushes: () => true };

/** A group of `size` voters of which 1 has just been elected, and its first entry committed. */
export function startGroup(size: number): Cluster {
  const cluster = new Cluster();
  const voters = Array.from({ length: size }, (_, position) => String(position + 1));
  for (const id of voters) {
    // Replica 1 times out first, 2 next.
    cluster.add({ id, voters, timeoutTicks: [Math.min(9 + Number(id), 19)] });
  }
  for (let tick = 0; tick < 10; tick += 1) {
    cluster.pass(100);
    for (const id of voters) cluster.tick(id);
  }
  settle(cluster);
  invariant(cluster.member('1').replica.raft.commitIndex === 1, 'startGroup: 1 leads');
  return cluster;
}
