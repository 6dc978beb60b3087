import { setTimeout as sleep } from 'node:timers/promises';
import { POLL_MS } from '../limits.js';

/**
 * Looks until there is something to see.
 *
 * @param what completes "did not happen within …", for the error.
 */
export async function eventually<Seen>(
  what: string,
  deadlineMs: number,
  look: () => Promise<Seen | undefined>,
): Promise<Seen> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() >= deadline) {
      throw new Error(`did not happen within ${deadlineMs} ms: ${what}`);
    }
    await sleep(POLL_MS);
  }
}
