import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { Operation } from '../document/api-document.js';
import { largePublishes } from './wrong-queue-bodies.js';
import { ANY, INVALID, type Expectation, type RequestParts, type Twist } from './request-case.js';

const BODY_BYTES_MAX = 1_048_576;
const TOO_LARGE: Expectation = { kind: 'refused', code: 'PAYLOAD_TOO_LARGE' };
const WRONG_MEDIA: Expectation = { kind: 'refused', code: 'UNSUPPORTED_MEDIA_TYPE' };

type Edit = (json: string) => string | Buffer;

function textTwist(label: string, expectation: Expectation, edit: Edit): Twist {
  return {
    label,
    expectation,
    apply: (parts) => ({ ...parts, bodyBytes: Buffer.from(edit(JSON.stringify(parts.body))) }),
  };
}

/** The object with one more member at its end, written as it is given. */
function withMember(json: string, member: string): string {
  return json === '{}' ? `{${member}}` : `${json.slice(0, -1)},${member}}`;
}

function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

const NOT_JSON_EDITS: readonly (readonly [label: string, edit: Edit])[] = [
  ['half of it', (json) => json.slice(0, Math.max(1, json.length >> 1)).replace(/\}$/, '')],
  ['something behind it', (json) => `${json}x`],
  ['two of it', (json) => json + json],
  ['a comma too much', (json) => json.replace(/\}$/, ',}')],
  ['single quotes', () => "{'owner':'a'}"],
  ['a comment', (json) => `/* */${json}`],
  ['NaN', (json) => withMember(json, '"ttlMs":NaN')],
  ['an octal number', (json) => withMember(json, '"ttlMs":0100')],
  ['a plus sign', (json) => withMember(json, '"ttlMs":+100')],
  ['a line break in a text', (json) => withMember(json, '"owner":"a\nb"')],
  ['a bare surrogate escape', (json) => withMember(json, '"\\ud800":1')],
  ['a wrong escape', (json) => withMember(json, '"owner":"\\x41"')],
  ['a null byte', (json) => `${json}\0`],
  ['UTF-16', (json) => Buffer.from(json, 'utf16le')],
  ['bytes that are no UTF-8', (json) => Buffer.concat([Buffer.from(json), Buffer.from([0xff])])],
  ['an overlong form', () => Buffer.from('{"owner":"\xc0\xaf"}', 'latin1')],
  ['a surrogate as bytes', () => Buffer.from('{"owner":"\xed\xa0\x80"}', 'latin1')],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['a list of it', (json) => `[${json}]`],
  ['a number', () => '1'],
  ['a text', () => '"{}"'],
  ['white space only', () => ' \n'],
  ['__proto__', (json) => withMember(json, '"__proto__":{"owner":"a"}')],
  ['__proto__ in escapes', (json) => withMember(json, '"\\u005f\\u005fproto__":{}')],
  ['constructor.prototype', (json) => withMember(json, '"constructor":{"prototype":{}}')],
  ['101 levels', (json) => withMember(json, `"metadata":{"a":${nested(100)}}`)],
  ['500,000 levels', (json) => withMember(json, `"metadata":${nested(250_000)}`)],
  ['500,000 levels that never end', () => '{"a":'.repeat(100_000)],
];

const NOT_JSON = NOT_JSON_EDITS.map(([label, edit]) => textTwist(`body: ${label}`, INVALID, edit));

const NUMBERS: readonly Twist[] = [
  '1e309',
  '-1e309',
  '9007199254740993',
  '1e-400',
  '1.5',
  '-1',
].map((number) =>
  textTwist(`ttlMs is ${number}`, INVALID, (json) => withMember(json, `"ttlMs":${number}`)),
);

/** Odd, and for the reader to decide. */
const ODD: readonly Twist[] = [
  textTwist('waitMs is -0', ANY, (json) => withMember(json, '"waitMs":-0')),
  textTwist('lockDelayMs is -0', ANY, (json) => withMember(json, '"lockDelayMs":-0')),
  textTwist('token is 1E0', ANY, (json) => withMember(json, '"token":1E0')),
  textTwist('ttlMs is 1000.0', ANY, (json) => withMember(json, '"ttlMs":1000.0')),
  textTwist('a field twice', ANY, (json) => withMember(json, '"owner":1,"owner":"a"')),
  textTwist('a byte order mark', ANY, (json) => `\ufeff${json}`),
  textTwist('white space', ANY, (json) => ` \r\n\t${json.replaceAll(',', ' ,\n')} `),
  textTwist('a large number of digits', ANY, (json) =>
    withMember(json, `"ttlMs":1000.${'0'.repeat(5_000)}`),
  ),
];

const LARGE: readonly Twist[] = [
  textTwist('a body of 1 MiB and a byte', TOO_LARGE, (json) => json.padEnd(BODY_BYTES_MAX + 1)),
  textTwist('a body of 1 MiB', ANY, (json) => json.padEnd(BODY_BYTES_MAX)),
  textTwist('300,000 members', INVALID, () =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 90_000 }, (_, i) => [`m${i}`, 1]))),
  ),
  textTwist('a list of 200,000', ANY, (json) =>
    withMember(json, `"locks":[${'{},'.repeat(200_000)}{}]`),
  ),
];

const MEDIA_TYPES: readonly Twist[] = [
  ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
  ['application/jsonp', 'application/json-patch+json', 'text/json', 'image/png'],
]
  .flat()
  .map((contentType) => ({
    label: `Content-Type: ${contentType}`,
    expectation: WRONG_MEDIA,
    apply: (parts: RequestParts) => ({ ...parts, contentType, bodyBytes: nonEmpty(parts) }),
  }));

const ODD_MEDIA_TYPES: readonly Twist[] = [
  ['', 'json', ';', '/', 'application/', 'application/json;', 'APPLICATION/JSON', 'a/b/c'],
  ['application/json; charset=utf-16', 'application/json; charset="', 'application/json, a/b'],
  [`application/json; a=${'b'.repeat(3_000)}`, 'application/json\t', null],
]
  .flat()
  .map((contentType) => ({
    label: `Content-Type: ${contentType}`,
    expectation: ANY,
    apply: (parts: RequestParts) => ({ ...parts, contentType }),
  }));

const ENCODINGS: readonly Twist[] = [
  {
    label: 'a body in gzip',
    expectation: ANY,
    apply: (parts) => ({
      ...parts,
      headers: [...parts.headers, ['Content-Encoding', 'gzip']],
      bodyBytes: gzipSync(nonEmpty(parts)),
    }),
  },
  {
    label: 'a bomb in gzip',
    expectation: ANY,
    apply: (parts) => ({
      ...parts,
      headers: [...parts.headers, ['Content-Encoding', 'gzip']],
      bodyBytes: gzipSync(Buffer.alloc(20_000_000)),
    }),
  },
];

function nonEmpty({ body }: RequestParts): Buffer {
  return Buffer.from(body === undefined ? '{}' : JSON.stringify(body));
}

/** Bodies that are not JSON, or odd JSON, or not said to be JSON. */
export function wrongTexts({ body }: Operation): readonly fc.Arbitrary<Twist>[] {
  if (body === null) return [];
  const garbage = fc
    .uint8Array({ minLength: 1, maxLength: 60 })
    .map((bytes) => textTwist('random bytes', ANY, () => Buffer.from(bytes)));
  return [
    fc.constantFrom(...NOT_JSON),
    fc.constantFrom(...NOT_JSON),
    fc.constantFrom(...NUMBERS),
    fc.constantFrom(...ODD),
    fc.constantFrom(...MEDIA_TYPES),
    fc.constantFrom(...ODD_MEDIA_TYPES),
    garbage,
  ];
}

/** Large ones, which take long: not often. */
export function largeTexts({ id, body }: Operation): readonly fc.Arbitrary<Twist>[] {
  // Larger requests than all others.
  if (id === 'publishMessages') return largePublishes();
  return body === null ? [] : [fc.constantFrom(...LARGE, ...ENCODINGS)];
}
