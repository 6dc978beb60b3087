import type { ApiRequest, Call, Outcome, Try, TryResult } from '../../calls/call.js';
import { getLock } from '../../locks/lock-requests.js';
import { queueRecordOf } from './queue-record-of.js';
import { ack, extend, getGroup, nack, publish, receive } from './queue-requests.js';

const NAME = { topic: 't', group: 'g' };
const TERMS = { consumer: 'c', max: 10, waitMs: 500, visibilityMs: 3_000 };
const PLAIN = { value: 'p-1', key: null, priority: 4, delayMs: 0 };
const KEYED = { value: 'p-2', key: 'k', priority: 9, delayMs: 70 };
const CALL = { from: 10, until: 20, topic: 't' };
const UNKNOWN: Outcome = { kind: 'unknown' };
const REFUSED: Outcome = { kind: 'refused', code: 'NO_LEADER' };
const LOST: TryResult = { kind: 'lost', error: 'ECONNRESET' };

function recordOf(
  request: ApiRequest,
  outcome: Outcome,
  results: readonly TryResult[] = [],
): unknown {
  const tries: Try[] = results.map((result) => ({
    node: 'node1',
    sentAt: 10,
    endedAt: 20,
    result,
  }));
  const call: Call = {
    client: 'client',
    request,
    idempotencyKey: null,
    tries,
    invokedAt: 10,
    returnedAt: 20,
    outcome,
  };
  return queueRecordOf(call);
}

function answered(status: number, body: unknown, code: string | null = null): Outcome {
  return { kind: 'answered', status, code, body };
}

describe('queueRecordOf', () => {
  it('records a publish with the ids that were answered, in the order of the request', () => {
    const stored = {
      messages: [
        { id: '1-1', duplicate: false },
        { id: '1-2', duplicate: false },
      ],
    };
    expect(recordOf(publish('t', [PLAIN, KEYED]), answered(201, stored))).toEqual({
      ...CALL,
      kind: 'publish',
      outcome: 'done',
      messages: [
        { value: 'p-1', key: null, id: '1-1', delayed: false },
        { value: 'p-2', key: 'k', id: '1-2', delayed: true },
      ],
    });
  });

  it('records a publish of unknown outcome, and one that was refused, without ids', () => {
    const messages = [{ value: 'p-1', key: null, id: null, delayed: false }];
    const expected = { ...CALL, kind: 'publish', messages };
    const request = publish('t', [PLAIN]);
    expect(recordOf(request, UNKNOWN)).toEqual({ ...expected, outcome: 'unknown' });
    expect(recordOf(request, REFUSED)).toEqual({ ...expected, outcome: 'refused' });
    const full = answered(429, {}, 'QUEUE_FULL');
    expect(recordOf(request, full)).toEqual({ ...expected, outcome: 'refused' });
  });

  it('takes a refusal for unknown when an earlier try may have done it', () => {
    const request = publish('t', [PLAIN]);
    const full = answered(429, {}, 'QUEUE_FULL');
    expect(recordOf(request, full, [LOST])).toMatchObject({ outcome: 'unknown' });
  });

  it('records what a receive handed out, and leaves one of nothing out', () => {
    const message = { id: '1-2', body: { value: 'p-2' }, key: 'k', deliveries: 3, receipt: 'r' };
    expect(recordOf(receive(NAME, TERMS), answered(200, { messages: [message] }))).toEqual({
      ...CALL,
      kind: 'receive',
      group: 'g',
      outcome: 'done',
      visibilityMs: 3_000,
      messages: [{ id: '1-2', value: 'p-2', key: 'k', deliveries: 3, receipt: 'r' }],
    });
    expect(recordOf(receive(NAME, TERMS), answered(200, { messages: [] }))).toBeNull();
    expect(recordOf(receive(NAME, TERMS), UNKNOWN)).toBeNull();
  });

  it('records what became of each receipt', () => {
    const results = [
      { receipt: 'r1', status: 'acked' },
      { receipt: 'r2', status: 'stale' },
    ];
    const settled = { ...CALL, group: 'g', outcome: 'done' };
    expect(recordOf(ack(NAME, ['r1', 'r2', 'r3']), answered(200, { results }))).toEqual({
      ...settled,
      kind: 'ack',
      receipts: [
        { receipt: 'r1', acted: true },
        { receipt: 'r2', acted: false },
        { receipt: 'r3', acted: null },
      ],
    });
    expect(recordOf(nack(NAME, ['r2'], { delayMs: 5 }), answered(200, { results }))).toEqual({
      ...settled,
      kind: 'nack',
      receipts: [{ receipt: 'r2', acted: false }],
    });
    expect(recordOf(extend(NAME, ['r1'], 3_000), UNKNOWN)).toEqual({
      ...settled,
      kind: 'extend',
      outcome: 'unknown',
      visibilityMs: 3_000,
      receipts: [{ receipt: 'r1', acted: null }],
    });
  });

  it('leaves out looks, and what is not about queues', () => {
    expect(recordOf(getGroup(NAME), answered(200, {}))).toBeNull();
    expect(recordOf(getLock('a'), answered(200, {}))).toBeNull();
  });
});
