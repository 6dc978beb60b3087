import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type {
  GroupView,
  TopicView,
} from '../../../../libs/queueing/src/core/commands/topic-query.js';
import type {
  Presented,
  TopicResult,
} from '../../../../libs/queueing/src/core/commands/topic-result.js';
import { TOPIC_MACHINE } from '../../../../libs/queueing/src/machine/topic-machine.js';
import { publishCommand } from '../../../../libs/queueing/src/service/publish-command.js';
import { receiptList } from '../../../../libs/queueing/src/service/receipt-list.js';
import { readResult } from '../../../../libs/queueing/src/store/reading/read-result.js';
import { readAnswer } from '../../../../libs/queueing/src/store/reading/read-view.js';
import type { NodeProcess } from '../../node/node-process.js';
import type { ClientLine } from '../../requests/client-line.js';
import { expectPromise } from '../../world/violation.js';
import type { QueueOperation, QueueOrder, SettleOrder } from './queue-order.js';

/** How one try of an operation ended for its client. */
export type QueueAnswered =
  | {
      readonly kind: 'answered';
      readonly result: TopicResult | Presented;
      /** Of a settling, as the answer says for each receipt of the request. */
      readonly stale: readonly boolean[];
      readonly replayed: boolean;
    }
  | {
      readonly kind: 'received';
      /** Messages as JSON. */
      readonly texts: readonly string[];
      readonly handedOut: number;
      readonly replayed: boolean;
    }
  | { readonly kind: 'looked'; readonly topic: TopicView | null; readonly group: GroupView | null }
  /** It may have happened, or happen later. */
  | { readonly kind: 'unknown' }
  /** It did not happen and never will. */
  | { readonly kind: 'notDone' };

/** How a try is made. */
export interface QueueTry {
  /** Virtual microseconds. */
  readonly untilUs: number;
  readonly line: ClientLine;
}

/** Asks a node for what the client wants, as its REST calls would. */
export function sendQueueOrder(
  process: NodeProcess,
  { id, order, repeats }: QueueOperation,
  { untilUs: deadlineUs, line }: QueueTry,
  done: (answer: QueueAnswered) => void,
): void {
  const idempotency =
    repeats === 'key' ? { scope: `key ${id}`, fingerprint: `body of ${id}` } : null;
  const execute = (body: TopicCommand, places: readonly number[] = []): void => {
    const numbered = order.kind === 'make' ? body : { ...body, operation: id };
    const command = { machine: TOPIC_MACHINE, body: numbered, idempotency, deadlineUs };
    process.gateway.execute(command, (answer) => {
      if (answer.kind === 'unknown' || answer.kind === 'notDone') return done(answer);
      if (answer.kind === 'read') return done({ kind: 'unknown' });
      process.receives.opened(answer.proposer);
      const result = understood(answer.result);
      const stale = new Set(result.status === 'settled' ? result.stale : []);
      const { replayed } = answer;
      done({ kind: 'answered', result, stale: places.map((place) => stale.has(place)), replayed });
    });
  };
  switch (order.kind) {
    case 'publish':
      return execute(publishCommand(order.topic, order.messages));
    case 'receive':
      return process.receives.receive(
        { ...order, operation: id, idempotency, deadlineUs },
        line,
        (end) => {
          if (end.kind !== 'refused') return done(end);
          done({ kind: 'answered', result: end.result, stale: [], replayed: false });
        },
      );
    case 'ack':
    case 'nack':
    case 'extend': {
      const { deliveries: receipts, places } = receiptList(order.receipts);
      return execute({ ...settling(order), receipts }, places);
    }
    case 'redrive':
      return execute({ kind: 'redrive', topic: order.topic, max: order.max, to: null });
    case 'make':
      return execute(order.command);
    case 'look':
      return look(process, order, deadlineUs, done);
  }
}

type Settling<Order = TopicCommand> = Order extends { readonly kind: 'ack' | 'nack' | 'extend' }
  ? Omit<Order, 'receipts'>
  : never;

function settling({ kind, topic, group, ...terms }: SettleOrder): Settling {
  const { delayMs, deadLetter, visibilityMs } = terms;
  switch (kind) {
    case 'ack':
      return { kind, topic, group };
    case 'nack':
      return { kind, topic, group, delayMs, reason: null, deadLetter };
    case 'extend':
      return { kind, topic, group, visibilityMs };
  }
}

/** Reads the topic and one group of it, one after the other. */
function look(
  { gateway }: NodeProcess,
  { topic, group }: Extract<QueueOrder, { kind: 'look' }>,
  deadlineUs: number,
  done: (answer: QueueAnswered) => void,
): void {
  gateway.query(TOPIC_MACHINE, { kind: 'topic', topic }, deadlineUs, (first) => {
    if (first.kind !== 'read') return done({ kind: 'notDone' });
    const seen = readAnswer('topic', first.result);
    gateway.query(TOPIC_MACHINE, { kind: 'group', topic, group }, deadlineUs, (second) => {
      if (second.kind !== 'read') return done({ kind: 'notDone' });
      const seenGroup = readAnswer('group', second.result);
      done({
        kind: 'looked',
        topic: 'configuration' in seen ? seen : null,
        group: 'inFlight' in seenGroup ? seenGroup : null,
      });
    });
  });
}

function understood(value: unknown): TopicResult | Presented {
  const result = readResult(value);
  expectPromise(result.status !== 'malformed', 'the topic machine understands its clients', {
    result,
  });
  return result;
}
