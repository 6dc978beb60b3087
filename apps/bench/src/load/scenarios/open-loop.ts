import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

const MS_PER_SECOND = 1_000;

/**
 * Begins a pair at each point of a fixed time table; its time runs from that point, so that what
 * waits for a free client, or for a load generator that is late, is not left out
 * (coordinated omission).
 */
export async function runOpenLoop(
  clients: readonly LockClient[],
  pairsPerSecond: number,
  tally: Tally,
): Promise<void> {
  const idle = [...clients];
  const due: { readonly at: number; readonly number: number }[] = [];
  const underWay = new Set<Promise<void>>();

  const begin = (): void => {
    while (idle.length > 0 && due.length > 0) {
      const client = idle.shift();
      const pair = due.shift();
      if (client === undefined || pair === undefined) return;
      const work = runPair(client, pair.number, pair.at, tally).finally(() => {
        underWay.delete(work);
        idle.push(client);
        begin();
      });
      underWay.add(work);
    }
  };

  const startedAt = performance.now();
  for (let number = 0; tally.running;) {
    const passedMs = performance.now() - startedAt;
    for (; (number * MS_PER_SECOND) / pairsPerSecond <= passedMs; number += 1) {
      due.push({ at: startedAt + (number * MS_PER_SECOND) / pairsPerSecond, number });
    }
    begin();
    await sleep(1);
  }
  await Promise.all(underWay);
}

async function runPair(
  client: LockClient,
  number: number,
  intendedAt: number,
  tally: Tally,
): Promise<void> {
  try {
    const name = `open.${number}`;
    const held = await client.acquire({ name, owner: 'open-loop', mode: 'exclusive', waitMs: 0 });
    tally.took('acquire', intendedAt);
    await client.release(held);
    tally.took('pair', intendedAt);
    tally.succeeded();
  } catch (error) {
    await tally.failed(error);
  }
}
