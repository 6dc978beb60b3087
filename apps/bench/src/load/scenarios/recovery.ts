import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailure, type LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

/**
 * Pairs in closed loops; at the end of the warm-up the process is killed. Measured from the kill
 * to the first answer of success to an acquire that was sent after it.
 *
 * @throws LoadFailure when nothing succeeds in the time of measuring.
 */
export async function runRecovery(
  clients: readonly LockClient[],
  killPid: number,
  warmUpMs: number,
  tally: Tally,
): Promise<void> {
  let killedAt: number | null = null;
  let recovered = false;
  const loops = clients.map(async (client, loop) => {
    for (let turn = 0; tally.running && !recovered; turn += 1) {
      const sentAt = performance.now();
      try {
        const name = `recovery.${killPid}.${loop}.${turn}`;
        const owner = `loop-${loop}`;
        const held = await client.acquire({ name, owner, mode: 'exclusive', waitMs: 0 });
        if (killedAt !== null && sentAt >= killedAt && !recovered) {
          recovered = true;
          tally.took('recovery', killedAt);
          tally.succeeded();
        }
        await client.release(held);
      } catch (error) {
        await tally.failed(error);
      }
    }
  });
  // A little later than the warm-up ends, so that nothing of this falls out of the measuring.
  await sleep(warmUpMs + 1);
  process.kill(killPid, 'SIGKILL');
  killedAt = performance.now();
  await Promise.all(loops);
  if (!recovered) throw new LoadFailure('NO_RECOVERY', `after the kill of ${killPid}`);
}
