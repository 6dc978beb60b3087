import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailure, type LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

const WAIT_MS = 30_000;
/** Milliseconds after which a client asks again although nobody else took the lock (failures). */
const STAND_BACK_MS_MAX = 1_000;
const LOCK = 'hand-over';

/**
 * All clients want one exclusive lock. Measured from the moment the holder sends its release to
 * the moment another one has its grant.
 *
 * Who has released asks again only when another one has the lock: where there is no queue it would
 * mostly take the lock again itself, and that is no hand-over.
 *
 * @param holdMs how long each holds it: above the time of a request, everybody else is waiting
 *   when the lock is passed on.
 */
export async function runHandOver(
  clients: readonly LockClient[],
  holdMs: number,
  tally: Tally,
): Promise<void> {
  const baton = new Baton(tally);
  await Promise.all(
    clients.map(async (client, index) => {
      const request = { name: LOCK, owner: `contender-${index}`, mode: 'exclusive' } as const;
      while (tally.running) {
        try {
          const held = await client.acquire({ ...request, waitMs: WAIT_MS });
          const alone = baton.taken();
          if (!alone) await tally.failed(new LoadFailure('TWO_HOLDERS', LOCK));
          if (holdMs > 0) await sleep(holdMs);
          const passedOn = baton.released();
          await client.release(held);
          await Promise.race([passedOn, sleep(STAND_BACK_MS_MAX)]);
        } catch (error) {
          await tally.failed(error);
        }
      }
    }),
  );
}

/** Who holds the lock, as its clients see it. */
class Baton {
  private holders = 0;
  private releasedAt: number | null = null;
  private passOn: () => void = () => undefined;

  constructor(private readonly tally: Tally) {}

  /** A client has got its grant; false when another one still holds the lock. */
  taken(): boolean {
    this.holders += 1;
    if (this.releasedAt !== null) {
      this.tally.took('hand-over', this.releasedAt);
      this.tally.succeeded();
    }
    this.releasedAt = null;
    this.passOn();
    return this.holders === 1;
  }

  /** The holder is about to send its release; resolves when the next one has the lock. */
  async released(): Promise<void> {
    this.holders -= 1;
    this.releasedAt = performance.now();
    await new Promise<void>((done) => {
      this.passOn = done;
    });
  }
}
