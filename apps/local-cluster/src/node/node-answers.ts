import { ANSWER_TIMEOUT_MS } from '../limits.js';
import type { Leader } from '../output/welcome.js';

/** Whether the node at `httpUrl` answers that it is ready. */
export async function isReady(httpUrl: string): Promise<boolean> {
  const response = await get(`${httpUrl}/health/ready`);
  return response?.status === 200;
}

/** The coordination leader that most recently was one, as the nodes at these URLs know it. */
export async function findLeader(httpUrls: readonly string[]): Promise<Leader> {
  const leaders = await Promise.all(httpUrls.map(async (url) => await askForLeader(url)));
  return leaders.reduce<Leader>((best, leader) => {
    return leader !== null && (best === null || leader.term > best.term) ? leader : best;
  }, null);
}

async function askForLeader(httpUrl: string): Promise<Leader> {
  const response = await get(`${httpUrl}/v1/cluster/leader?group=coordination`);
  if (response?.status !== 200) return null;
  const { body } = response;
  if (typeof body !== 'object' || body === null) return null;
  if (!('nodeId' in body) || typeof body.nodeId !== 'string') return null;
  if (!('term' in body) || typeof body.term !== 'number') return null;
  return { nodeId: body.nodeId, term: body.term };
}

async function get(url: string): Promise<{ status: number; body: unknown } | null> {
  try {
    // The connection is not kept: a node that is told to stop must not have to wait for it.
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  } catch {
    return null;
  }
}
