import type { LogStore } from '@sinkron/storage';
import type { LogPort } from '../driver/ports.js';

/**
 * The log environment, as the driver sees it.
 *
 * @param flushed runs what waits for a flush that took `seconds`.
 * @param failed stops the node.
 */
export function logPort(
  log: LogStore,
  flushed: (seconds: number, change: () => void) => void,
  failed: (error: unknown) => void,
): LogPort {
  return {
    load: (group) => log.load(group),
    entries: (group, from, toExclusive, bytesMax) =>
      log.entries(group, from, toExclusive, bytesMax),
    term: (group, index) => log.term(group, index),
    write: (batch, done) => {
      const startedMs = performance.now();
      log.write(batch).then(() => flushed((performance.now() - startedMs) / 1000, done), failed);
    },
  };
}
