import { CorruptionError } from '../errors.js';
import type { LogStore } from '../log/log-store.js';
import type { StateStore } from '../state/state-store.js';

/**
 * The state must have been applied from this log: through an entry that the log holds or has
 * compacted, and at least through its base, since what was compacted cannot be replayed.
 *
 * One exception: a process that ended between the install of a snapshot and the reset of the log to
 * it. Then the applied entry is the one that was installed; whoever starts the group resets the log.
 *
 * @throws CorruptionError
 */
export function checkConsistency(path: string, log: LogStore, state: StateStore): void {
  for (const group of new Set([...log.groups(), ...state.groupNames()])) {
    const { appliedIndex: applied, installed } = state.group(group);
    if (applied > log.lastIndex(group) && installed?.index !== applied) {
      throw new CorruptionError(
        `DATA_DIR ${path} has state of group '${group}' through entry ${applied} but a log that ends at ${log.lastIndex(group)}`,
      );
    }
    if (applied < log.baseIndex(group)) {
      throw new CorruptionError(
        `DATA_DIR ${path} has a log of group '${group}' that begins behind entry ${log.baseIndex(group)} but state only through entry ${applied}`,
      );
    }
  }
}
