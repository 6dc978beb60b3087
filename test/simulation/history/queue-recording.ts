import { messageId } from '../../../libs/queueing/src/core/message/message-id.js';
import type { TopicAtEnd } from '../../queues/queue-operation.js';
import type {
  Outcome,
  QueueHistory,
  QueueOperation as RecordedCall,
} from '../../queues/queue-operation.js';
import type { QueueAnswered } from '../workload/queues/queue-sending.js';
import type {
  NewMessage,
  QueueOperation,
  ReceivedMessage,
} from '../workload/queues/queue-order.js';
import type { TopicPlans } from '../workload/queues/topic-plans.js';
import type { LogClock } from './log-clock.js';

/** Log time has whole milliseconds; see `LogClock`. */
const SLACK_MS = 1;

/** What topics answer when they did what was asked for, or some of it, or found it done. */
const DONE: ReadonlySet<string> = new Set(['published', 'settled', 'redriven']);

/** How an operation ended, all its tries together. */
export interface QueueEnd {
  /** Null when no try was answered. */
  readonly answer: Extract<QueueAnswered, { kind: 'answered' | 'received' }> | null;
  /** Of a receive. */
  readonly messages: readonly ReceivedMessage[];
  /** Some try may have happened, or may happen yet, besides the one that was answered. */
  readonly unsure: boolean;
}

/** What clients of queues asked for and were told: no more than real clients know. */
export class QueueRecording {
  /** Their operations. */
  readonly unknownPublishes: number[] = [];
  private readonly calls: RecordedCall[] = [];

  constructor(
    private readonly clock: LogClock,
    private readonly plans: TopicPlans,
  ) {}

  get nowMs(): number {
    return this.clock.nowMs;
  }

  ended({ id, order, from, repeats }: QueueOperation, end: QueueEnd): void {
    const { kind } = order;
    if (kind === 'make' || kind === 'look') return;
    const { topic } = order;
    const outcome = outcomeOf(end);
    const call = { from, until: this.clock.nowMs, outcome, topic };
    const done = outcome === 'done';
    switch (kind) {
      case 'publish': {
        if (outcome === 'unknown') this.unknownPublishes.push(id);
        const keeps = repeats === 'deduplication';
        this.calls.push({ ...call, kind, messages: published(order.messages, end, done, keeps) });
        return;
      }
      case 'receive': {
        const { group } = order;
        const topics = this.plans.plan(topic)?.configuration.visibilityMs ?? 0;
        const visibilityMs = order.visibilityMs ?? topics;
        this.calls.push({ ...call, kind, group, visibilityMs, messages: done ? end.messages : [] });
        return;
      }
      case 'ack':
      case 'nack':
      case 'extend': {
        const { group, visibilityMs } = order;
        const stale = end.answer?.kind === 'answered' ? end.answer.stale : [];
        const receipts = order.receipts.map((receipt, place) => {
          // A try before may be what made it stale.
          const isSure = done && (stale[place] !== true || !end.unsure);
          return { receipt, acted: isSure ? stale[place] !== true : null };
        });
        const more = kind === 'extend' ? { visibilityMs } : {};
        this.calls.push({ ...call, kind, group, receipts, ...more });
        return;
      }
      case 'redrive':
        this.calls.push({ ...call, kind: 'reset', group: null, moves: 'dead-letters' });
    }
  }

  history(end: readonly TopicAtEnd[]): QueueHistory {
    return { operations: this.calls, end, slackMs: SLACK_MS };
  }
}

/** Answers that say that nothing was done. */
function outcomeOf({ answer, unsure }: QueueEnd): Outcome {
  if (answer === null) return unsure ? 'unknown' : 'refused';
  if (answer.kind === 'received') return 'done';
  if (DONE.has(answer.result.status)) return 'done';
  return unsure ? 'unknown' : 'refused';
}

/** A message of another publish with the same deduplication id is not of this one. */
function published(
  messages: readonly NewMessage[],
  { answer }: QueueEnd,
  done: boolean,
  keeps: boolean,
): Extract<RecordedCall, { kind: 'publish' }>['messages'] {
  const result = answer?.kind === 'answered' ? answer.result : null;
  const stored = done && result?.status === 'published' ? result : null;
  const earlier = new Map(stored?.duplicates);
  return messages.flatMap(({ body: value, key = null, delayMs }, offset) => {
    const duplicateOf = earlier.get(offset);
    if (duplicateOf !== undefined && !keeps) return [];
    const sequence = duplicateOf ?? (stored?.first ?? 0) + offset;
    const id = stored === null ? null : messageId(stored.topicId, sequence);
    return [{ value, key, id, delayed: delayMs !== undefined }];
  });
}
