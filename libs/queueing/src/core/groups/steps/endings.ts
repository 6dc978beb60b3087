import { invariant } from '@sinkron/invariant';
import type { StoredMessage } from '../../ports.js';
import type { Delivery, Entry } from '../memory/delivery.js';
import type { Attempts, Waiting } from '../records/group-tables.js';
import type { GroupState } from '../state/group-state.js';
import type { NackTerms } from '../terms.js';
import { backoffMs } from './backoff.js';
import { moveKey } from './keys.js';

/** A visibility that has passed fails like a nack that says nothing. */
export const PASSED_VISIBILITY: NackTerms = { delayMs: null, reason: null, deadLetter: false };

/** What one command ends, a message at a time; {@link finish} does together what can be done together. */
export class Endings {
  private readonly deliveries = new Set<Delivery>();
  private readonly settled: number[] = [];
  private readonly keys = new Set<string>();

  constructor(
    private readonly group: GroupState,
    private readonly logTimeMs: number,
  ) {}

  acknowledge(entry: Entry): void {
    this.end(entry);
    this.settle(entry);
  }

  /** It is ready again at once, as if it had not been handed out. */
  giveBack(entry: Entry): void {
    this.end(entry);
    const message = this.message(entry.sequence);
    const attempts = { deliveries: entry.deliveries - 1, failures: entry.failures };
    if (!this.settleIfExpired(message)) this.group.putReturned(message, attempts);
  }

  /**
   * It becomes a dead letter, or is handed out again later. @returns false if it is to be a dead letter
   * and the command may not make more of them: it is in flight as before.
   */
  fail(entry: Entry, terms: NackTerms): boolean {
    const message = this.message(entry.sequence);
    const attempts = { deliveries: entry.deliveries, failures: entry.failures + 1 };
    if (!this.isLast(message, attempts, terms)) {
      this.end(entry);
      this.retry(message, attempts, terms);
      return true;
    }
    if (!this.makeDeadLetter(message, attempts, terms)) return false;
    this.end(entry);
    this.group.record.deadLettered += 1;
    this.settle(message);
    return true;
  }

  /** It has failed, and is in flight until a later command sees to that. */
  failLater(entry: Entry, terms: NackTerms): void {
    entry.visibleAtMs = this.logTimeMs;
    entry.nacked = terms;
    this.deliveries.add(entry.delivery);
  }

  /** Its back-off has ended. */
  mature(sequence: number, waiting: Waiting): void {
    const message = this.message(sequence);
    this.group.removeWaiting(sequence, waiting);
    if (!this.settleIfExpired(message)) this.group.putReturned(message, waiting);
  }

  finish(): void {
    if (this.deliveries.size > 0) this.group.rewrite(this.deliveries);
    this.group.settle(this.settled);
    for (const key of this.keys) moveKey(this.group, key);
  }

  /** Whether this failure makes a dead letter of it. */
  private isLast(message: StoredMessage, { failures }: Attempts, terms: NackTerms): boolean {
    const { configuration, deadLetter } = this.group.topic.options;
    if (deadLetter === null) return false;
    const { maxDeliveries, onOrderedFailure } = configuration();
    const blocks = message.key !== null && onOrderedFailure === 'block';
    return terms.deadLetter || (failures >= maxDeliveries && !blocks);
  }

  private makeDeadLetter(
    message: StoredMessage,
    { deliveries }: Attempts,
    { deadLetter: isRejected, reason }: NackTerms,
  ): boolean {
    const { deadLetter } = this.group.topic.options;
    const { groupId, name: group } = this.group.record;
    const cause = isRejected ? 'rejected' : 'failures';
    return deadLetter?.(message, { group, groupId, deliveries, cause, reason }) ?? false;
  }

  private retry(message: StoredMessage, attempts: Attempts, terms: NackTerms): void {
    if (this.settleIfExpired(message)) return;
    const configuration = this.group.topic.options.configuration();
    const { failures } = attempts;
    const delayMs =
      terms.delayMs ?? backoffMs(configuration, { failures, hasKey: message.key !== null });
    if (delayMs === 0) this.group.putReturned(message, attempts);
    else this.group.putWaiting(message, { ...attempts, availableAtMs: this.logTimeMs + delayMs });
  }

  private settleIfExpired(message: StoredMessage): boolean {
    const isExpired = message.expiresAtMs !== null && message.expiresAtMs <= this.logTimeMs;
    if (isExpired) this.settle(message);
    return isExpired;
  }

  private settle({ sequence, key }: Pick<StoredMessage, 'sequence' | 'key'>): void {
    this.settled.push(sequence);
    if (key !== null) this.keys.add(key);
  }

  private end(entry: Entry): void {
    this.group.endFlight(entry);
    this.deliveries.add(entry.delivery);
  }

  private message(sequence: number): StoredMessage {
    const message = this.group.topic.options.messages.get(sequence);
    invariant(message !== undefined, 'Endings: what a group has not settled is stored', {
      group: this.group.id,
      sequence,
    });
    return message;
  }
}
