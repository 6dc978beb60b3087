import type {
  Outcome,
  QueueOperation,
  ReceiveCall,
  SettleCall,
} from '../../../../queues/queue-operation.js';
import { field } from '../../calls/answers.js';
import { isQueueCall, type Call, type QueueRequest } from '../../calls/call.js';
import { mayHaveHappened } from '../../calls/outcome.js';
import { messagesIn, valueOf } from './received-message.js';

interface Base {
  readonly from: number;
  readonly until: number;
  readonly outcome: Outcome;
  readonly topic: string;
}

/** A call in the form of histories; null for what has no place there: looks, and receives of nothing. */
export function queueRecordOf(call: Call): QueueOperation | null {
  if (!isQueueCall(call)) return null;
  const { topic, group, operation, body = {} } = call.request;
  const base = { from: call.invokedAt, until: call.returnedAt, outcome: certaintyOf(call), topic };
  switch (operation) {
    case 'publishMessages':
      return publishOf(base, call);
    case 'receiveMessages': {
      const visibilityMs = Number(body['visibilityMs']);
      return receiveOf({ ...base, group: String(group), visibilityMs }, call);
    }
    case 'ackMessages':
      return settleOf('ack', base, call);
    case 'nackMessages':
      return settleOf('nack', base, call);
    case 'extendMessages':
      return settleOf('extend', base, call);
    case 'configureTopic':
    case 'getTopic':
    case 'createGroup':
    case 'getGroup':
    case 'streamMessages':
    case 'listMessages':
      return null;
  }
}

/** A refusal is one only when no earlier try can have done anything. */
function certaintyOf({ outcome, tries }: Call): Outcome {
  if (outcome.kind === 'unknown' || outcome.kind === 'refused') return outcome.kind;
  if (outcome.status < 300) return 'done';
  return tries.some(({ result }) => mayHaveHappened(result)) ? 'unknown' : 'refused';
}

function publishOf(base: Base, { request, outcome }: Call<QueueRequest>): QueueOperation {
  const sent = list(request.body?.['messages']);
  const stored = outcome.kind === 'answered' ? list(field(outcome.body, 'messages')) : [];
  const messages = sent.map((message, place) => {
    const key = field(message, 'key');
    return {
      value: valueOf(message),
      key: typeof key === 'string' ? key : null,
      id: base.outcome === 'done' ? String(field(stored[place], 'id')) : null,
      delayed: field(message, 'delayMs') !== undefined,
    };
  });
  return { ...base, kind: 'publish', messages };
}

function receiveOf(
  base: Base & Pick<ReceiveCall, 'group' | 'visibilityMs'>,
  call: Call,
): QueueOperation | null {
  const messages = messagesIn(call);
  return messages.length === 0 ? null : { ...base, kind: 'receive', messages };
}

function settleOf(
  kind: SettleCall['kind'],
  base: Base,
  { request, outcome }: Call<QueueRequest>,
): QueueOperation {
  const results = outcome.kind === 'answered' ? list(field(outcome.body, 'results')) : [];
  const statuses = new Map(
    results.map((result) => [String(field(result, 'receipt')), field(result, 'status')]),
  );
  const receipts = list(request.body?.['receipts'])
    .map(String)
    .map((receipt) => {
      const status = statuses.get(receipt);
      const acted = base.outcome === 'done' && status !== undefined ? status !== 'stale' : null;
      return { receipt, acted };
    });
  const settled = { ...base, kind, group: String(request.group), receipts };
  if (kind !== 'extend') return settled;
  return { ...settled, visibilityMs: Number(request.body?.['visibilityMs']) };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
