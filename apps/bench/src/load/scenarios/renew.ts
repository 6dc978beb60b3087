import { performance } from 'node:perf_hooks';
import type { LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

/** Each client holds a lock and renews it, again as soon as it is answered. */
export async function runRenew(clients: readonly LockClient[], tally: Tally): Promise<void> {
  await Promise.all(
    clients.map(async (client, index) => {
      const request = { name: `renew.${index}`, owner: `holder-${index}` };
      try {
        const held = await client.acquire({ ...request, mode: 'exclusive', waitMs: 0 });
        while (tally.running) {
          const startedAt = performance.now();
          await client.renew(held);
          tally.took('renew', startedAt);
          tally.succeeded();
        }
        await client.release(held);
      } catch (error) {
        await tally.failed(error);
      }
    }),
  );
}
