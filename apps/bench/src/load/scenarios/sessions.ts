import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection } from '../clients/http-connection.js';
import { successBody } from '../clients/sinkron-client.js';
import { LoadFailure } from '../lock-client.js';
import type { Tally } from '../tally.js';

const TICK_MS = 5;

/** The connections that all sessions share, spread over the nodes. */
export function openConnections(urls: readonly string[], count: number): readonly HttpConnection[] {
  return Array.from(
    { length: count },
    (_, index) => new HttpConnection(urls[index % urls.length] ?? ''),
  );
}

/** Creates the sessions through all connections; returns their ids. */
export async function createSessions(
  connections: readonly HttpConnection[],
  count: number,
  ttlMs: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let left = count;
  await Promise.all(
    connections.map(async (connection) => {
      while (left > 0) {
        left -= 1;
        const answer = await connection.send('POST', '/v1/sessions', { ttlMs });
        const { sessionId } = successBody(answer, 'create a session');
        if (typeof sessionId !== 'string') throw new LoadFailure('NO_SESSION', answer.text);
        ids.push(sessionId);
      }
    }),
  );
  return ids;
}

/**
 * Keeps every session alive at fixed times, evenly spread, each from its intended time on.
 *
 * The connections are fewer than the sessions: a request waits in its connection's queue.
 */
export async function runSessions(
  connections: readonly HttpConnection[],
  ids: readonly string[],
  keepAliveMs: number,
  tally: Tally,
): Promise<void> {
  const intervalMs = keepAliveMs / ids.length;
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let number = 0; tally.running;) {
    for (; startedAt + number * intervalMs <= performance.now(); number += 1) {
      const id = ids[number % ids.length];
      const connection = connections[number % connections.length];
      if (id === undefined || connection === undefined) continue;
      const work = keepAlive(connection, id, startedAt + number * intervalMs, tally).finally(() => {
        underWay.delete(work);
      });
      underWay.add(work);
    }
    await sleep(TICK_MS);
  }
  await Promise.all(underWay);
}

async function keepAlive(
  connection: HttpConnection,
  id: string,
  intendedAt: number,
  tally: Tally,
): Promise<void> {
  try {
    const answer = await connection.send('POST', `/v1/sessions/${id}/keepalive`, {});
    successBody(answer, 'keep alive');
    tally.took('keep-alive', intendedAt);
    tally.succeeded();
  } catch (error) {
    await tally.failed(error);
  }
}
