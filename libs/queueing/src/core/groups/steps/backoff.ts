import type { Backoff, TopicConfiguration } from '../../commands/topic-configuration.js';
import { BLOCKED_BACKOFF } from '../limits.js';

/**
 * How long a message waits after its n-th failure, which does not make it a dead letter, milliseconds.
 *
 * What can only be delivered again, because its key is blocked, is never tried again at once for ever.
 */
export function backoffMs(
  { backoff, maxDeliveries }: TopicConfiguration,
  { failures, hasKey }: { readonly failures: number; readonly hasKey: boolean },
): number {
  if (backoff !== null) return delayMs(backoff, failures);
  if (!hasKey || failures < maxDeliveries) return 0;
  return delayMs(BLOCKED_BACKOFF, failures - maxDeliveries + 1);
}

/** Multiplied step by step: a power may differ in its last bit from machine to machine. */
function delayMs({ initialMs, multiplier, maxMs }: Backoff, failures: number): number {
  let delay = Math.min(initialMs, maxMs);
  if (multiplier <= 1) return delay;
  for (let failure = 1; failure < failures && delay < maxMs && delay > 0; failure += 1) {
    delay = Math.min(delay * multiplier, maxMs);
  }
  return Math.floor(delay);
}
