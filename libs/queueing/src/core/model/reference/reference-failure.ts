import type { Backoff } from '../../commands/topic-configuration.js';
import { progressIn, type Group, type Message, type Topic } from './reference-state.js';

const DEFAULT_BLOCK_BACKOFF: Backoff = { initialMs: 1_000, multiplier: 2, maxMs: 60_000 };

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
  const effective = backoff ?? (forEver ? DEFAULT_BLOCK_BACKOFF : null);
  const delayMs = terms.delayMs ?? delayAfter(effective, progress.failures);
  progress.availableAtMs = nowMs + delayMs;
  return false;
}

function delayAfter(backoff: Backoff | null, failures: number): number {
  if (backoff === null) return 0;
  const { initialMs, multiplier, maxMs } = backoff;
  return Math.min(initialMs * multiplier ** (failures - 1), maxMs);
}
