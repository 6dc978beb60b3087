import type { LogIndex } from '../identifiers.js';
import type { LogPoint } from './log-point.js';
import type { RaftLog } from './raft-log.js';

/**
 * The receiver's side of InstallSnapshot (Raft §7, Figure 13), asked for every part and once more
 * when the state is installed: does this log need the snapshot that ends at `point`?
 *
 * @returns the index up to which the log holds what the leader has committed, when that makes the
 * snapshot superfluous; null when the log has to be replaced by it.
 */
export function heldWithoutSnapshot(log: RaftLog, point: LogPoint): LogIndex | null {
  if (point.index <= log.commitIndex) return log.commitIndex;
  if (!log.matches(point.index, point.term)) return null;
  // The log has the snapshot's last entry, so also all before it; what follows may be kept.
  log.commitTo(point.index);
  return point.index;
}
