import type { Configuration } from './configuration.js';
import type { HardState } from './hard-state.js';
import type { ReplicaId } from './identifiers.js';
import type { LogReader } from './log/log-reader.js';
import type { LogStart } from './log/raft-log.js';
import type { Random } from './role/election-timer.js';

export interface RaftOptions {
  readonly id: ReplicaId;
  readonly members: Configuration;
  readonly hardState: HardState;
  readonly log: LogStart;
  readonly reader: LogReader;
  readonly random: Random;
  readonly heartbeatMs: number;
  /**
   * Whether this replica starts for the first time, in a group that is being formed. Any other
   * start may follow a crash within a leader's lease, so it grants no vote for an election timeout.
   */
  readonly formation: boolean;
}
