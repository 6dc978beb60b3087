import type { LogPoint } from './log-point.js';
import type { LogReader } from './log-reader.js';
import { RaftLog, type LogStart } from './raft-log.js';

/**
 * The log found on a disk, brought into line with the state found there.
 *
 * A crash between the installation of a snapshot and the reset of the log leaves a log that ends
 * before the snapshot, or holds another history where the snapshot ends. Either way all that it has
 * is superseded, and it is reset now.
 *
 * @param installed the last snapshot installed in the state, if any.
 */
export function openLog(reader: LogReader, start: LogStart, installed: LogPoint | null): RaftLog {
  if (installed === null || reaches(reader, start, installed)) return new RaftLog(reader, start);
  const log = new RaftLog(reader, { ...start, commitIndex: start.baseIndex });
  log.reset(installed);
  return log;
}

function reaches(reader: LogReader, start: LogStart, { index, term }: LogPoint): boolean {
  if (index <= start.baseIndex) return true;
  return index <= start.lastIndex && reader.term(index) === term;
}
