import type { DeliveryReceipts } from '../../commands/topic-command.js';
import type { Acknowledged } from '../../commands/topic-result.js';
import type { Delivery, Entry } from '../memory/delivery.js';
import type { GroupState } from '../state/group-state.js';
import type { NackTerms } from '../terms.js';
import { Endings } from './endings.js';

export function acknowledge(
  group: GroupState,
  receipts: readonly DeliveryReceipts[],
  logTimeMs: number,
): Acknowledged {
  const endings = new Endings(group, logTimeMs);
  const done = withEach(group, receipts, logTimeMs, (entry) => endings.acknowledge(entry));
  endings.finish();
  return done;
}

export function nack(
  group: GroupState,
  receipts: readonly DeliveryReceipts[],
  terms: NackTerms,
  logTimeMs: number,
): Acknowledged {
  const endings = new Endings(group, logTimeMs);
  const done = withEach(group, receipts, logTimeMs, (entry) => {
    if (!endings.fail(entry, terms)) endings.failLater(entry, terms);
  });
  endings.finish();
  return done;
}

export function giveBack(
  group: GroupState,
  receipts: readonly DeliveryReceipts[],
  logTimeMs: number,
): Acknowledged {
  const endings = new Endings(group, logTimeMs);
  const done = withEach(group, receipts, logTimeMs, (entry) => endings.giveBack(entry));
  endings.finish();
  return done;
}

export function extend(
  group: GroupState,
  receipts: readonly DeliveryReceipts[],
  visibilityMs: number,
  logTimeMs: number,
): Acknowledged {
  const deliveries = new Set<Delivery>();
  const done = withEach(group, receipts, logTimeMs, (entry) => {
    entry.visibleAtMs = logTimeMs + visibilityMs;
    deliveries.add(entry.delivery);
  });
  if (deliveries.size > 0) group.rewrite(deliveries);
  return done;
}

/** Calls `action` for what the good receipts name; the others are stale and do nothing. */
function withEach(
  group: GroupState,
  receipts: readonly DeliveryReceipts[],
  logTimeMs: number,
  action: (entry: Entry) => void,
): Acknowledged {
  const stale: number[] = [];
  let place = 0;
  for (const { topicId, groupId, deliveryId, sequences } of receipts) {
    const isOurs = topicId === group.record.topicId && groupId === group.id;
    for (const sequence of sequences) {
      const entry = isOurs ? group.entryOf(sequence) : undefined;
      const isGood = entry?.delivery.id === deliveryId && entry.visibleAtMs > logTimeMs;
      if (isGood) action(entry);
      else stale.push(place);
      place += 1;
    }
  }
  return { status: 'settled', stale };
}
