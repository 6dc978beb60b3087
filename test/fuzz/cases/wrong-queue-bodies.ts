import * as fc from 'fast-check';
import type { Operation } from '../document/api-document.js';
import { OLD_RECEIPTS } from './queue-values.js';
import {
  ANY,
  INVALID,
  VALID,
  type Expectation,
  type JsonObject,
  type Twist,
} from './request-case.js';

const MESSAGES_MAX = 1_000;
const RECEIPTS_MAX = 1_000;
const BODY_BYTES_MAX = 1_048_576;
const REQUEST_BYTES_MAX = 8 * BODY_BYTES_MAX;
const TOO_LARGE: Expectation = { kind: 'refused', code: 'PAYLOAD_TOO_LARGE' };

const [RECEIPT] = OLD_RECEIPTS;

/** Lists that nearly are receipts. */
export const wrongReceipts: readonly unknown[] = [
  [RECEIPT.slice(1)],
  [RECEIPT.slice(0, -1)],
  [`${RECEIPT} `],
  [RECEIPT.toUpperCase()],
  [RECEIPT, RECEIPT.replace('v', 'w')],
  [RECEIPT, 1],
  [`0${RECEIPT}`],
  [''],
  ['1-1-1-1'],
  ['zzzzzzzzzzz-zzzzzzzzzzz-zzzzzzzzzzz-zzzzzzzzzzz-0000000'],
  ['1'.repeat(100_000)],
  Array(RECEIPTS_MAX + 1).fill(RECEIPT),
  { 0: RECEIPT, length: 1 },
];

function bodyTwist(label: string, expectation: Expectation, body: () => JsonObject): Twist {
  return { label, expectation, apply: (parts) => ({ ...parts, body: body() }) };
}

function messagesTwist(label: string, expectation: Expectation, ...items: JsonObject[]): Twist {
  return bodyTwist(label, expectation, () => ({ messages: items }));
}

const PUBLISHES: readonly Twist[] = [
  messagesTwist('no body', INVALID, {}),
  messagesTwist('two bodies', INVALID, { body: 1, bodyBase64: 'AA==' }),
  messagesTwist('null and bytes', INVALID, { body: null, bodyBase64: 'AA==' }),
  messagesTwist('two times', INVALID, {
    body: 1,
    delayMs: 0,
    deliverAt: '2026-09-01T12:00:00.000Z',
  }),
  messagesTwist('a wrong one behind a right one', INVALID, { body: 1 }, { body: 1, priority: 10 }),
  bodyTwist('1,000 messages', VALID, () => ({ messages: Array(MESSAGES_MAX).fill({ body: 1 }) })),
  bodyTwist('1,001 messages', INVALID, () => ({
    messages: Array(MESSAGES_MAX + 1).fill({ body: 1 }),
  })),
  rawTwist('__proto__ in a body', '{"messages":[{"body":{"__proto__":{"a":1}}}]}'),
  rawTwist('constructor in a body', '{"messages":[{"body":{"constructor":{"prototype":1}}}]}'),
  rawTwist('half a surrogate pair in a body', '{"messages":[{"body":"\\ud800","key":"\\ud800"}]}'),
  rawTwist('1e309 in a body', '{"messages":[{"body":[1e309,-1e309,-0,1e-400]}]}'),
  rawTwist('deep body', `{"messages":[{"body":${'['.repeat(90)}${']'.repeat(90)}}]}`),
  rawTwist('deeper body', `{"messages":[{"body":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`),
];

const LARGE_PUBLISHES: readonly Twist[] = [
  // As JSON, with its quotes.
  bodyTwist('a body of 1 MiB', VALID, () => ({
    messages: [{ body: 'x'.repeat(BODY_BYTES_MAX - 2), ttlMs: 1_000 }],
  })),
  bodyTwist('a body of 1 MiB and a byte', TOO_LARGE, () => ({
    messages: [{ body: 'x'.repeat(BODY_BYTES_MAX - 1) }],
  })),
  bodyTwist('bytes of 1 MiB and one', TOO_LARGE, () => ({
    messages: [{ bodyBase64: Buffer.alloc(BODY_BYTES_MAX + 1).toString('base64') }],
  })),
  {
    label: 'a request of 8 MiB and a byte',
    expectation: TOO_LARGE,
    apply: (parts) => ({
      ...parts,
      bodyBytes: Buffer.from(JSON.stringify(parts.body).padEnd(REQUEST_BYTES_MAX + 1)),
    }),
  },
  {
    label: '200,000 messages',
    expectation: INVALID,
    apply: (parts) => ({
      ...parts,
      bodyBytes: Buffer.from(`{"messages":[${'{"body":1},'.repeat(200_000)}{"body":1}]}`),
    }),
  },
];

function rawTwist(label: string, json: string): Twist {
  return {
    label,
    expectation: ANY,
    apply: (parts) => ({ ...parts, bodyBytes: Buffer.from(json) }),
  };
}

/** Bodies of queues' requests in which the fields do not go together, or are too many. */
export function wrongQueueBodies({ id }: Operation): readonly fc.Arbitrary<Twist>[] {
  return id === 'publishMessages' ? [fc.constantFrom(...PUBLISHES)] : [];
}

/** Publishes that take long. */
export function largePublishes(): readonly fc.Arbitrary<Twist>[] {
  return [fc.constantFrom(...LARGE_PUBLISHES)];
}
