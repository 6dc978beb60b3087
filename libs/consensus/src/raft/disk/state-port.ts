import {
  MalformedError as StoredMalformedError,
  SnapshotExpiredError as StoredSnapshotExpiredError,
  type StateStore,
} from '@sinkron/storage';
import { MalformedError } from '../../codec/tuple.js';
import type { GroupState, SnapshotSink } from '../driver/ports.js';
import { SnapshotExpiredError } from '../driver/snapshot/snapshot-expired-error.js';

/**
 * The tables of a group in the state environment, as its driver sees them.
 *
 * @param guarded runs what the disk calls back on the driver's turn.
 */
export function statePort(
  state: StateStore,
  group: string,
  guarded: (change: () => void) => void,
): GroupState {
  const tables = state.group(group);
  return {
    get: (table, key) => tables.get(table, key),
    put: (table, key, value) => tables.put(table, key, value),
    remove: (table, key) => tables.remove(table, key),
    range: (table, from) => tables.range(table, from),
    markApplied: (index, term) => tables.markApplied(index, term),
    get appliedIndex() {
      return tables.appliedIndex;
    },
    get flushedIndex() {
      return tables.flushedIndex;
    },
    get installed() {
      return tables.installed;
    },
    get saturated() {
      return state.saturated;
    },
    openSnapshot: () => {
      const source = state.openSnapshot(group);
      if (source === null) return null;
      const { index, term } = source;
      return {
        index,
        term,
        next: (bytesMax) => translated(() => source.next(bytesMax)),
        close: () => source.close(),
      };
    },
    beginInstall: (point): SnapshotSink => {
      const sink = state.beginInstall(group, point);
      return {
        write: (part, written) => translated(() => sink.write(part, () => guarded(written))),
        finish: (done) => translated(() => sink.finish(() => guarded(done))),
        abort: () => sink.abort(),
      };
    },
  };
}

/** Storage has errors of its own: the driver, which also runs without it, knows these. */
function translated<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof StoredSnapshotExpiredError) {
      throw new SnapshotExpiredError(error.message, { cause: error });
    }
    if (error instanceof StoredMalformedError) {
      throw new MalformedError(error.message, { cause: error });
    }
    throw error;
  }
}
