import {
  acknowledgements,
  byMessage,
  deliveriesOf,
  described,
  isReset,
  type Delivery,
} from './deliveries.js';
import type { QueueHistory } from './queue-operation.js';

/** Why messages were delivered again. */
export interface Redeliveries {
  /** Deliveries beyond the first of a message in a group. */
  readonly count: number;
  readonly byCause: Readonly<Record<Cause, number>>;
  /** After a confirmed acknowledgement, or while another consumer had it. */
  readonly violations: readonly string[];
}

type Cause = 'reset' | 'nack' | 'return' | 'visibility passed';

export function redeliveries(history: QueueHistory): Redeliveries {
  const byCause: Record<Cause, number> = {
    reset: 0,
    nack: 0,
    return: 0,
    'visibility passed': 0,
  };
  const violations: string[] = [];
  let count = 0;
  for (const same of byMessage(deliveriesOf(history))) {
    // In the order in which they were handed out, which answers may overtake.
    const ordered = same.toSorted((one, other) => {
      return one.deliveries - other.deliveries || one.receive.until - other.receive.until;
    });
    violations.push(...afterAcknowledgement(history, same));
    for (const [place, delivery] of ordered.entries()) {
      const before = ordered[place - 1];
      if (before === undefined) continue;
      count += 1;
      const cause = causeOf(history, before, delivery);
      if (cause !== undefined) byCause[cause] += 1;
      else violations.push(`${described(delivery)}: while another had it, ${described(before)}`);
    }
  }
  return { count, byCause, violations };
}

/** Nothing is handed out after an acknowledgement that did something, and nobody else has done so. */
function afterAcknowledgement(history: QueueHistory, same: readonly Delivery[]): readonly string[] {
  return same.flatMap((delivery) => {
    const ack = acknowledgements(delivery).find(({ acted }) => acted === true);
    if (ack === undefined) return [];
    const later = same.find((other) => {
      if (other === delivery || isReset(history, other, ack.call.from, other.receive.until)) {
        return false;
      }
      return other.receive.from > ack.call.until || other.deliveries > delivery.deliveries;
    });
    if (later === undefined) return [];
    const when = `acknowledged ${ack.call.from.toFixed(0)} to ${ack.call.until.toFixed(0)} ms`;
    return [`${described(later)}: after its acknowledgement, ${described(delivery)}, ${when}`];
  });
}

/** What ended the delivery before; undefined when nothing can have ended it by then. */
function causeOf(history: QueueHistory, before: Delivery, delivery: Delivery): Cause | undefined {
  const { receive } = delivery;
  const ended = before.settlements.filter(({ call }) => call.from <= receive.until);
  if (isReset(history, delivery, before.receive.from, receive.until)) return 'reset';
  if (ended.some(({ call }) => call.kind === 'nack')) return 'nack';
  if (ended.some(({ call }) => call.kind === 'return')) return 'return';
  const isPassed = visibleAtLeast(before) <= receive.until + history.slackMs;
  return isPassed ? 'visibility passed' : undefined;
}

/** When it can have been visible again at the earliest: by its receive, or by what extended that. */
function visibleAtLeast({ receive, settlements }: Delivery): number {
  const extensions = settlements.flatMap(({ call, acted }) => {
    return call.visibilityMs === undefined ? [] : [{ ...call, acted, forMs: call.visibilityMs }];
  });
  const terms = [{ ...receive, forMs: receive.visibilityMs }, ...extensions];
  // What was certainly replaced by a later extension says nothing any more.
  const possible = terms.filter(({ until, outcome }) => {
    const isOver = extensions.some(({ acted, from }) => acted === true && from > until);
    return outcome !== 'done' || !isOver;
  });
  return Math.min(...possible.map(({ from, forMs }) => from + forMs));
}
