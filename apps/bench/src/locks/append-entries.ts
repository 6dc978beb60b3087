import { HttpConnection } from '../load/clients/http-connection.js';
import { successBody } from '../load/clients/sinkron-client.js';

/** Appends entries to the log: one request after another, so that no two share one. */
export async function appendEntries(url: string, entries: number): Promise<void> {
  const connection = new HttpConnection(url);
  try {
    for (let appended = 0; appended < entries; appended += 2) {
      const path = '/v1/locks/spare';
      const body = { owner: 'bench' };
      const answer = await connection.send('POST', `${path}/acquire`, body);
      const { token } = successBody(answer, path);
      successBody(await connection.send('POST', `${path}/release`, { ...body, token }), path);
    }
  } finally {
    await connection.close();
  }
}
