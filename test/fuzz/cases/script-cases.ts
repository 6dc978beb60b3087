import * as fc from 'fast-check';
import type { ApiDocument } from '../document/api-document.js';
import type { WireScript } from '../http/wire-script.js';
import { bytesOf } from '../wire/http-request.js';
import { requestOf } from './request-case.js';
import { rightRequests } from './right-requests.js';

/** Locks that nobody ever asks for as the contract says: none of them may ever be held. */
export const FORBIDDEN_LOCKS = ['never-half', 'never-smuggled'] as const;

const JSON_BODY = '{"owner":"nobody"}';
const HEAD = 'Host: fuzz\r\nContent-Type: application/json\r\n';
const INNER = `POST /v1/locks/never-smuggled/acquire HTTP/1.1\r\n${HEAD}Content-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`;
const HALF = `POST /v1/locks/never-half/acquire HTTP/1.1\r\n${HEAD}Content-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`;

/** Operations that may be asked again and again, and changed, without any effect of their own. */
const HARMLESS = new Set(
  [
    ['getLock', 'listLocks', 'releaseLock', 'renewLock', 'releaseMultiLock', 'getSession'],
    [
      'getTopic',
      'listTopics',
      'listGroups',
      'listMessages',
      'getMessage',
      'listPending',
      'getRing',
    ],
    ['describeNode', 'describeCluster', 'checkLiveness', 'findLeader', 'getWaitForGraph'],
  ].flat(),
);

function script(label: string, text: string | Buffer, more: Partial<WireScript> = {}): WireScript {
  const packets = [typeof text === 'string' ? Buffer.from(text, 'latin1') : text];
  return { label, packets, pauseMs: 0, vanishes: false, answers: null, ...more };
}

/**
 * The outer request of a smuggler: two servers may disagree where it ends. The inner one lies where
 * a lenient server finds it, and must never be carried out.
 */
function smuggling(label: string, headers: string, body: string): WireScript {
  return script(
    `smuggling: ${label}`,
    `POST /v1/locks/x/release HTTP/1.1\r\n${HEAD}${headers}\r\n\r\n${body}`,
  );
}

const CHUNKED = 'Transfer-Encoding: chunked';
const END_THEN_INNER = `0\r\n\r\n${INNER}`;
const WHOLE = `Content-Length: ${END_THEN_INNER.length}`;

const SMUGGLING: readonly WireScript[] = [
  smuggling('length and chunks', `${WHOLE}\r\n${CHUNKED}`, END_THEN_INNER),
  smuggling('chunks and length', `${CHUNKED}\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('two lengths', `Content-Length: 0\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('two lengths in one', `Content-Length: 0, ${END_THEN_INNER.length}`, END_THEN_INNER),
  smuggling('chunks spelled oddly', 'Transfer-Encoding: xchunked', END_THEN_INNER),
  smuggling(
    'chunks behind identity',
    'Transfer-Encoding: identity, chunked, identity',
    END_THEN_INNER,
  ),
  smuggling('chunks not last', 'Transfer-Encoding: chunked, gzip', END_THEN_INNER),
  smuggling('chunks in quotes', 'Transfer-Encoding: "chunked"', END_THEN_INNER),
  smuggling('a space before the colon', `Transfer-Encoding : chunked\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('a tab before the colon', `Content-Length\t: 0\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('a folded header', `Transfer-Encoding:\r\n chunked\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('a line feed alone', `X: y\nTransfer-Encoding: chunked\r\n${WHOLE}`, END_THEN_INNER),
  smuggling(
    'a carriage return alone',
    `X: y\rTransfer-Encoding: chunked\r\n${WHOLE}`,
    END_THEN_INNER,
  ),
  smuggling('a null byte', `Transfer-Encoding\0: chunked\r\n${WHOLE}`, END_THEN_INNER),
  smuggling('a length with a sign', 'Content-Length: +0', INNER),
  smuggling('a negative length', 'Content-Length: -1', INNER),
  smuggling('an octal length', 'Content-Length: 0x0', INNER),
  smuggling('a chunk size with a prefix', CHUNKED, `0x0\r\n\r\n${INNER}`),
  smuggling('a chunk size with a space', CHUNKED, `0 0\r\n\r\n${INNER}`),
  smuggling('a chunk size too large', CHUNKED, `10000000000000000\r\n${INNER}`),
  smuggling('a negative chunk', CHUNKED, `-1\r\n${INNER}`),
  smuggling('a chunk longer than it says', CHUNKED, `1\r\n{}\r\n0\r\n\r\n${INNER}`),
  smuggling('line feeds alone', CHUNKED, `2\n{}\n0\n\n${INNER}`),
  smuggling('an extension with a line feed', CHUNKED, `2;a\n{}\r\n0\r\n\r\n${INNER}`),
  script('smuggling: in the URL', `GET /v1/locks/a HTTP/1.1\rX: y\r\n\r\n${INNER}`),
  script(
    'smuggling: HTTP/1.0 in chunks',
    `POST /v1/locks/x/release HTTP/1.0\r\n${HEAD}${CHUNKED}\r\n${WHOLE}\r\n\r\n${END_THEN_INNER}`,
  ),
];

const NONSENSE: readonly WireScript[] = [
  script('nothing', ''),
  script('line breaks', '\r\n'.repeat(2_000)),
  script('TLS', Buffer.from('16030100c2010000be0303', 'hex')),
  script('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0'),
  script('Redis', '*1\r\n$4\r\nPING\r\n'),
  script('a header without an end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(300_000)}`),
  script('a URL without an end', `GET /${'y'.repeat(300_000)}`),
  script('a method without an end', 'G'.repeat(300_000)),
  script('20,000 headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(20_000)}\r\n`),
  script('a header name of 100,000', `GET / HTTP/1.1\r\n${'n'.repeat(100_000)}: b\r\n\r\n`),
  [
    ['g\r\n', '1\r\n{', 'fffffffffffffffff\r\n{}', '7fffffff\r\n{}', '200000\r\n{}\r\n', '\r\n'],
    [`2;${'a'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`, `0\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`],
    [`0\r\n${'a: b\r\n'.repeat(20_000)}\r\n`, '1\r\n{\r\n'.repeat(20_000), '2\r\n{}XX0\r\n\r\n'],
  ]
    .flat()
    .map((body) =>
      script(
        `chunks: ${body.slice(0, 20)}`,
        `POST /v1/locks/x/release HTTP/1.1\r\n${HEAD}${CHUNKED}\r\n\r\n${body}`,
      ),
    ),
].flat();

/** Things that only happen on a bare connection. */
export function scriptCases(document: ApiDocument): fc.Arbitrary<WireScript> {
  const harmless = fc.oneof(
    ...document.operations
      .filter(({ id }) => HARMLESS.has(id))
      .map((operation) => rightRequests(document, operation)),
  );
  const request = harmless.map((parts) => bytesOf(requestOf(parts)));
  return fc.oneof(
    { weight: 4, arbitrary: pipelines(request) },
    { weight: 4, arbitrary: halves() },
    { weight: 6, arbitrary: damaged(request) },
    { weight: 4, arbitrary: fc.constantFrom(...SMUGGLING) },
    { weight: 2, arbitrary: fc.constantFrom(...NONSENSE) },
    { weight: 1, arbitrary: garbage() },
  );
}

/** Requests without waiting for answers, cut into packets anywhere. */
function pipelines(request: fc.Arbitrary<Buffer>): fc.Arbitrary<WireScript> {
  return fc
    .record({
      requests: fc.array(request, { minLength: 1, maxLength: 6 }),
      cuts: fc.array(fc.nat(2_000), { maxLength: 6 }),
    })
    .map(({ requests, cuts }) => {
      const bytes = Buffer.concat(requests);
      const packets = cut(bytes, cuts);
      const label = `${requests.length} requests in ${packets.length} packets`;
      return { ...script(label, ''), packets, answers: requests.length };
    });
}

function cut(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [...new Set([0, ...cuts.map((place) => place % bytes.length), bytes.length])];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** The beginning of an acquire, in one packet or byte by byte, and then the end of the client. */
function halves(): fc.Arbitrary<WireScript> {
  return fc
    .record({
      length: fc.integer({ min: 1, max: HALF.length - 1 }),
      slow: fc.nat(9),
      vanishes: fc.boolean(),
    })
    .map(({ length, slow, vanishes }) => {
      const bytes = Buffer.from(HALF).subarray(0, length);
      const packets = slow === 0 ? Array.from(bytes, (byte) => Buffer.from([byte])) : [bytes];
      return { ...script(`${length} bytes of a request`, ''), packets, vanishes };
    });
}

/** Requests of which some bytes are changed, taken away, put in or repeated. */
function damaged(request: fc.Arbitrary<Buffer>): fc.Arbitrary<WireScript> {
  const edit = fc.record({
    kind: fc.constantFrom('change', 'remove', 'insert', 'repeat'),
    at: fc.nat(2_000),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 9, 10, 13, 32, 34, 37, 47, 58, 92)),
    count: fc.integer({ min: 1, max: 8 }),
  });
  return fc
    .record({ bytes: request, edits: fc.array(edit, { minLength: 1, maxLength: 4 }) })
    .map(({ bytes, edits }) => {
      let damage = bytes;
      for (const { kind, at, byte, count } of edits) {
        const place = at % Math.max(1, damage.length);
        const [before, after] = [damage.subarray(0, place), damage.subarray(place)];
        const parts = {
          change: [before, Buffer.from([byte]), after.subarray(1)],
          remove: [before, after.subarray(count)],
          insert: [before, Buffer.alloc(count, byte), after],
          repeat: [before, after.subarray(0, count * 10), after],
        }[kind];
        damage = Buffer.concat(parts);
      }
      return script('a damaged request', damage);
    });
}

function garbage(): fc.Arbitrary<WireScript> {
  return fc
    .uint8Array({ minLength: 1, maxLength: 2_000 })
    .map((bytes) => script('random bytes', Buffer.from(bytes)));
}
