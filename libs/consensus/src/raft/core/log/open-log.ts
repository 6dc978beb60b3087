import { logIndex } from '../identifiers.js';
import { APPEND_BYTES_MAX } from '../limits.js';
import { decodeConfiguration } from '../membership/configuration-codec.js';
import type { Membership } from '../membership/membership.js';
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
 * @param membership has the members as the state found there knows them; learns of those that the
 * log holds beyond it.
 */
export function openLog(
  reader: LogReader,
  start: LogStart,
  installed: LogPoint | null,
  membership: Membership,
): RaftLog {
  if (installed === null || reaches(reader, start, installed)) {
    const found = new RaftLog(reader, start, membership);
    recall(found, membership);
    return found;
  }
  const log = new RaftLog(reader, { ...start, commitIndex: start.baseIndex }, membership);
  log.reset(installed, membership.committed);
  return log;
}

function reaches(reader: LogReader, start: LogStart, { index, term }: LogPoint): boolean {
  if (index <= start.baseIndex) return true;
  return index <= start.lastIndex && reader.term(index) === term;
}

/** Finds the configurations in the entries that were not applied. */
function recall(log: RaftLog, membership: Membership): void {
  const end = logIndex(log.lastIndex + 1);
  for (let next = logIndex(log.commitIndex + 1); next < end;) {
    for (const entry of log.entries(next, end, APPEND_BYTES_MAX)) {
      if (entry.kind === 'configuration') {
        membership.appended(entry.index, decodeConfiguration(entry.data));
      }
      next = logIndex(entry.index + 1);
    }
  }
}
