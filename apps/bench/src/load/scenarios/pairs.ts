import { performance } from 'node:perf_hooks';
import type { LockClient, LockMode } from '../lock-client.js';
import type { Tally } from '../tally.js';

/** Locks that one loop takes in turn: another one each time, as users have it, but not endless. */
const NAMES_PER_LOOP = 16;

/**
 * Acquires and releases in one loop for each client, the next when the one before is done.
 *
 * @param mode `exclusive`: each loop has locks of its own; `shared`: all share one.
 */
export async function runPairs(
  clients: readonly LockClient[],
  mode: LockMode,
  tally: Tally,
): Promise<void> {
  await Promise.all(
    clients.map(async (client, loop) => {
      for (let turn = 0; tally.running; turn += 1) {
        const name = mode === 'shared' ? 'readers' : `pairs.${loop}.${turn % NAMES_PER_LOOP}`;
        const startedAt = performance.now();
        try {
          const held = await client.acquire({ name, owner: `loop-${loop}`, mode, waitMs: 0 });
          tally.took('acquire', startedAt);
          await client.release(held);
          tally.took('pair', startedAt);
          tally.succeeded();
        } catch (error) {
          await tally.failed(error);
        }
      }
    }),
  );
}
