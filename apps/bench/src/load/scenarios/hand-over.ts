import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailure, type LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

const WAIT_MS = 30_000;

/**
 * All clients want one exclusive lock all the time. Measured from the moment the holder sends its
 * release to the moment the next one has its grant.
 *
 * @param holdMs how long each holds it: above the time of a request, everybody else is in the
 *   queue again when the lock is passed on.
 */
export async function runHandOver(
  clients: readonly LockClient[],
  holdMs: number,
  tally: Tally,
): Promise<void> {
  let releasedAt: number | null = null;
  let holders = 0;
  const name = 'hand-over';
  await Promise.all(
    clients.map(async (client, index) => {
      while (tally.running) {
        try {
          const owner = `contender-${index}`;
          const held = await client.acquire({ name, owner, mode: 'exclusive', waitMs: WAIT_MS });
          holders += 1;
          if (releasedAt !== null) tally.took('hand-over', releasedAt);
          tally.succeeded();
          if (holders > 1) await tally.failed(new LoadFailure('TWO_HOLDERS', name));
          if (holdMs > 0) await sleep(holdMs);
          holders -= 1;
          releasedAt = performance.now();
          await client.release(held);
        } catch (error) {
          await tally.failed(error);
        }
      }
    }),
  );
}
