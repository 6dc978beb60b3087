import type { Configuration } from './membership/configuration.js';
import type { HardState } from './hard-state.js';
import type { ReplicaId } from './identifiers.js';
import type { LogPoint } from './log/log-point.js';
import type { LogReader } from './log/log-reader.js';
import type { LogStart } from './log/raft-log.js';
import type { Random } from './role/election/election-timer.js';

export interface RaftOptions {
  readonly id: ReplicaId;
  /** The members at `log.commitIndex`, see `NO_MEMBERS`. */
  readonly members: Configuration;
  readonly hardState: HardState;
  readonly log: LogStart;
  readonly reader: LogReader;
  /** The last snapshot that this replica's state was replaced by; the log may not know of it yet. */
  readonly installed: LogPoint | null;
  readonly random: Random;
  readonly heartbeatMs: number;
  /**
   * Whether this replica starts for the first time, in a group that is being formed. Any other
   * start may follow a crash within a leader's lease, so it grants no vote for an election timeout.
   */
  readonly formation: boolean;
}
