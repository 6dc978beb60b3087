import { HttpConnection } from '../load/clients/http-connection.js';
import { successBody } from '../load/clients/sinkron-client.js';

const CONNECTIONS = 64;
const MS_PER_SECOND = 1_000;

/**
 * Takes the locks `held.0`, `held.1`, …, spread over the nodes.
 *
 * @returns how many a second.
 */
export async function takeLocks(
  urls: readonly string[],
  locks: number,
  body: object,
): Promise<number> {
  const connections = Array.from(
    { length: CONNECTIONS },
    (_, index) => new HttpConnection(urls[index % urls.length] ?? ''),
  );
  const startedAt = performance.now();
  let next = 0;
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (next < locks) {
          const path = `/v1/locks/held.${next}/acquire`;
          next += 1;
          successBody(await connection.send('POST', path, body), path);
        }
      }),
    );
  } finally {
    await Promise.all(connections.map(async (connection) => await connection.close()));
  }
  return locks / ((performance.now() - startedAt) / MS_PER_SECOND);
}
