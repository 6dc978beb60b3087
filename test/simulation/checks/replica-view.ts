import { logIndex, type Configuration, type GroupDriver, type ReplicaId } from '@sinkron/consensus';
import type { LogDisk } from '../disk/log-disk.js';

/** What the checks remember of one process of a node. */
export class ReplicaView {
  /** Checked up to here. */
  commitIndex = 0;
  /** Of the last snapshot that became its state. */
  installedIndex = 0;
  /** The term that it was seen leading last, null when it did not lead. */
  leaderOf: number | null = null;
  /** Its state as the trace has it. */
  traced = '';

  /** As it was when it was looked at last: what it commits next, it commits under these. */
  members: Configuration;
  committedMembers: Configuration;

  /** @param node the replica. */
  constructor(
    readonly node: ReplicaId,
    readonly process: string,
    private readonly driver: GroupDriver,
    private readonly disk: LogDisk,
  ) {
    this.members = driver.raft.members;
    this.committedMembers = driver.raft.committedMembers;
  }

  termAt(index: number): number | undefined {
    return this.disk.unnoticed(() => this.driver.raft.termAt(logIndex(index)));
  }
}
