import type { Backoff } from '../../commands/topic-configuration.js';
import { progressIn, type Group, type Message, type Topic } from './reference-state.js';

/** How a key that blocks is tried again after its last ordinary failure, where nothing is configured. */
const BLOCKED: Backoff = { initialMs: 1_000, multiplier: 2, maxMs: 60_000 };

/** What a nack says of a failure; a visibility that passed says nothing. */
export interface FailureTerms {
  readonly delayMs: number | null;
  readonly reason: string | null;
  readonly deadLetter: boolean;
}

export const VISIBILITY_PASSED: FailureTerms = { delayMs: null, reason: null, deadLetter: false };

/**
 * A delivery of the message has failed: it is tried again later.
 *
 * @returns true when it has failed for good and is to become a dead letter.
 */
export function fail(
  topic: Topic,
  group: Group,
  message: Message,
  terms: FailureTerms,
  nowMs: number,
): boolean {
  const progress = progressIn(group, message.sequence);
  const { maxDeliveries, onOrderedFailure, backoff } = topic.configuration;
  progress.inFlight = null;
  progress.failures += 1;
  const forEver = message.key !== null && onOrderedFailure === 'block';
  if (!topic.name.endsWith('.dead')) {
    if (terms.deadLetter) return true;
    if (progress.failures >= maxDeliveries && !forEver) return true;
  }
  const beyond = progress.failures - maxDeliveries;
  let delayMs = 0;
  if (backoff !== null) delayMs = delayAfter(backoff, progress.failures);
  else if (message.key !== null && beyond >= 0) delayMs = delayAfter(BLOCKED, beyond + 1);
  progress.availableAtMs = nowMs + (terms.delayMs ?? delayMs);
  return false;
}

function delayAfter({ initialMs, multiplier, maxMs }: Backoff, failures: number): number {
  return Math.min(initialMs * multiplier ** (failures - 1), maxMs);
}
