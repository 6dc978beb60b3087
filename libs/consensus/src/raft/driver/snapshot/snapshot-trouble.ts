import type { LogIndex, ReplicaId } from '../../core/identifiers.js';

/** Why a snapshot has to start again. It does so by itself; who runs the cluster may want to know. */
export interface SnapshotTrouble {
  /**
   * - `expired`: the picture of the leader's state was held for too long. What is larger than can be
   *   sent in that time never arrives.
   * - `malformed`: a part came that is none; the leader is of another version, or something is broken.
   */
  readonly kind: 'expired' | 'malformed';
  /** The follower that an expired one is sent to, the leader that a malformed one comes from. */
  readonly peer: ReplicaId;
  /** The last entry that the snapshot includes. */
  readonly index: LogIndex;
  readonly reason: string;
}
