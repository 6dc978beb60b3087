import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds; a test that waits in vain fails by its own timeout. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}
