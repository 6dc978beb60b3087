import { COORDINATION_GROUP, type ClusterRouter, type Target } from '@sinkron/cluster';
import { LOCK_MACHINE } from '../machine/lock-machine.js';

/** Where the locks are. */
export const LOCKS: Target = { group: COORDINATION_GROUP, machine: LOCK_MACHINE };

/** What requests that wait need of the cluster. */
export type WaitingRouter = Pick<
  ClusterRouter,
  'execute' | 'leaderRequest' | 'onNotices' | 'onLeaderNews'
>;
