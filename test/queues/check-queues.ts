import { keyOrderViolations } from './key-order.js';
import { deliveriesOf } from './deliveries.js';
import { lostMessages } from './lost.js';
import type { QueueHistory } from './queue-operation.js';
import { redeliveries, type Redeliveries } from './redelivery.js';
import { unexpectedMessages } from './unexpected.js';

/** What became of the promises of queues; the lists are empty when they were kept. */
export interface QueueVerdict {
  readonly lost: readonly string[];
  readonly unexpected: readonly string[];
  readonly outOfOrder: readonly string[];
  readonly redelivered: Redeliveries;
  /** How much was looked at: a check that has seen nothing proves nothing. */
  readonly seen: {
    readonly published: number;
    readonly publishedPerhaps: number;
    readonly delivered: number;
    readonly acknowledged: number;
  };
}

/**
 * Looks at all that clients saw of topics without ttl, limits and ages.
 *
 * A call of unknown outcome may have happened or not: whatever one of the two explains is no violation.
 */
export function checkQueues(history: QueueHistory): QueueVerdict {
  const publishedBy = (outcome: 'done' | 'unknown'): number => {
    return history.operations.reduce((sum, call) => {
      const counts = call.kind === 'publish' && call.outcome === outcome;
      return counts ? sum + call.messages.length : sum;
    }, 0);
  };
  const deliveries = deliveriesOf(history);
  return {
    lost: lostMessages(history),
    unexpected: unexpectedMessages(history),
    outOfOrder: keyOrderViolations(history),
    redelivered: redeliveries(history),
    seen: {
      published: publishedBy('done'),
      publishedPerhaps: publishedBy('unknown'),
      delivered: deliveries.length,
      acknowledged: deliveries.filter(({ settlements }) => {
        return settlements.some(({ call, acted }) => call.kind === 'ack' && acted === true);
      }).length,
    },
  };
}
