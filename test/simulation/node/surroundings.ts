import type { Configuration, LogKeeping } from '@sinkron/consensus';
import type { CommandWatch } from '../checks/command-watch.js';
import type { ReplicaChecks } from '../checks/replica-checks.js';
import type { Network } from '../network/network.js';
import type { Workload } from '../workload/workload.js';
import type { World } from '../world/world.js';
import type { Parts } from './parts.js';

/** What all nodes of a simulation share. */
export interface Surroundings {
  readonly world: World;
  readonly network: Network;
  readonly parts: Parts;
  /** Ids of all nodes. */
  readonly nodes: readonly string[];
  /** The replicas with which the group begins. */
  readonly founders: Configuration;
  readonly heartbeatMs: number;
  readonly logKeeping: LogKeeping;
  readonly checks: { readonly replicas: ReplicaChecks };
  readonly workload: Workload;
  readonly commands: CommandWatch;
}
