import * as fc from 'fast-check';
import { ANY, targetOf, type RequestParts, type Twist } from './request-case.js';

type Header = readonly [string, string];

function twist(label: string, change: (parts: RequestParts) => Partial<RequestParts>): Twist {
  return { label, expectation: ANY, apply: (parts) => ({ ...parts, ...change(parts) }) };
}

function withHeaders(...headers: readonly Header[]): Twist {
  return twist(headers.map((pair) => pair.join(': ').slice(0, 60)).join(', '), (parts) => ({
    headers: [...parts.headers, ...headers],
  }));
}

const METHODS = [
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'],
  ['CONNECT', 'get', 'GeT', 'FOO', 'PRI', 'G\x01T', '', 'SOURCE', 'M-SEARCH', '__proto__'],
]
  .flat()
  .map((method) => twist(`the method ${method}`, () => ({ method })));

const TARGETS = [
  ['', '/', '//', '*', '?', '/?', '/v1', '/v1/', '/v1/locks/', '/v1//locks', '/V1/locks'],
  ['/v1/locks/a/', '/v1/locks/a/acquire/', '/v1/locks/../sessions', '/v1/locks/%2e%2e/sessions'],
  ['/v1/locks#a', '/v1/locks/a;b', '/v1/locks?', '/v1/locks?&&', '/v1/locks?=', '/v1/locks?a'],
  ['http://other/v1/locks', 'https://x', 'ftp://a/b', 'http://', 'other:80', '/v1/lo%63ks'],
  ['/docs', '/docs-json', '/docs/', '/docs/..%2f..%2fpackage.json', '/docs/%00', '/docs/x.js'],
  ['/..', '/%00', '/%', '/\x80\xff', '/a b', '/\t', '/\x7f', '\\v1\\locks', '/favicon.ico'],
  ['/health', '/health/live?x=1', '/metrics?x', '/__proto__', '/constructor', '/toString'],
  [
    `/${'a'.repeat(9_000)}`,
    `/v1/locks/${'a'.repeat(2_100)}`,
    `/v1/locks?prefix=${'%41'.repeat(300)}`,
  ],
  `/v1/locks?${'a=1&'.repeat(1_500)}`,
]
  .flat()
  .map((target) => twist(`the target ${target.slice(0, 40)}`, () => ({ target })));

const PATHS = [
  twist('a slash behind the path', (parts) => ({
    target: targetOf(parts).replace(/(\?|$)/, '/$1'),
  })),
  twist('an absolute target', (parts) => ({ target: `http://fuzz${targetOf(parts)}` })),
  twist('a fragment', (parts) => ({ target: `${targetOf(parts)}#x` })),
  twist('a path in capitals', (parts) => ({ target: targetOf(parts).toUpperCase() })),
  twist('one segment more', (parts) => ({ target: targetOf(parts).replace(/(\?|$)/, '/x$1') })),
  twist('the query twice', (parts) => {
    const target = targetOf(parts);
    return { target: `${target}?${target.split('?')[1] ?? 'limit=1&limit=2'}` };
  }),
];

const VERSIONS = [
  ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/9.9', 'HTTP/11', 'HTTPS/1.1', 'http/1.1'],
  ['', 'HTTP/1.1 x', 'HTTP/1.\xb2'],
]
  .flat()
  .map((version) => twist(`the version ${version}`, () => ({ version })));

const HEADERS = [
  withHeaders(['Host', 'second']),
  twist('no Host', () => ({ without: ['Host'] })),
  twist('no Content-Length', () => ({ without: ['Content-Length'] })),
  [
    ['0', '-1', '+1', '1e1', '0x1', '1, 1', '1 1', '99999999999999999999', '9007199254740993'],
    ['1048577', '', 'x', '00'],
  ]
    .flat()
    .map((value) =>
      twist(`Content-Length: ${value}`, (parts) => ({
        without: ['Content-Length'],
        headers: [...parts.headers, ['Content-Length', value]],
      })),
    ),
  withHeaders(['Expect', '100-continue']),
  withHeaders(['Expect', 'the-unexpected']),
  withHeaders(['Connection', 'close']),
  withHeaders(['Connection', 'upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Key', 'x']),
  withHeaders(
    ['Connection', 'Upgrade, HTTP2-Settings'],
    ['Upgrade', 'h2c'],
    ['HTTP2-Settings', ''],
  ),
  withHeaders(['Connection', 'X-Request-Id, Content-Length']),
  withHeaders(['Range', 'bytes=0-'], ['If-None-Match', '*'], ['If-Modified-Since', 'x']),
  withHeaders(['X-HTTP-Method-Override', 'DELETE'], ['X-Forwarded-Host', 'x']),
  withHeaders(['Origin', 'http://evil'], ['Access-Control-Request-Method', 'DELETE']),
  withHeaders(['Origin', 'null'], ['Cookie', 'a=b; __proto__=c']),
  withHeaders(['Accept', 'application/xml'], ['Accept-Encoding', 'br;q=1, *;q=0']),
  withHeaders(['X-Request-Id', 'x'.repeat(128)]),
  withHeaders(['X-Request-Id', 'x'.repeat(129)]),
  withHeaders(['X-Request-Id', 'a b']),
  withHeaders(['X-Request-Id', '\xff"{}<>']),
  withHeaders(['X-Request-Id', 'a'], ['X-Request-Id', 'b']),
  withHeaders(['X-Sinkron-Node', 'node9']),
  withHeaders(['__proto__', 'a'], ['constructor', 'b'], ['toString', 'c']),
  withHeaders(['', 'no name']),
  withHeaders(['a b', 'space']),
  withHeaders(['a', 'b\0c']),
  withHeaders(['a', 'b\r c']),
  withHeaders(['a', 'b\r\n folded']),
  withHeaders(['x', 'y'.repeat(12_000)]),
  withHeaders(['x', 'y'.repeat(17_000)]),
  withHeaders(...Array.from({ length: 150 }, (_, index): Header => [`x-${index}`, 'y'])),
  withHeaders(...Array.from({ length: 1_900 }, (_, index): Header => [`h${index}`, ''])),
  withHeaders(...Array.from({ length: 100 }, (): Header => ['X-Timeout-Ms', '1000'])),
].flat();

const BODIES = [
  twist('a body where none belongs', () => ({ bodyBytes: Buffer.from('{"owner":"a"}') })),
  twist('a body in chunks', (parts) => {
    const json = parts.body === undefined ? '{}' : JSON.stringify(parts.body);
    const size = Buffer.byteLength(json).toString(16);
    return {
      without: ['Content-Length'],
      headers: [...parts.headers, ['Transfer-Encoding', 'chunked']],
      bodyBytes: Buffer.from(`${size}\r\n${json}\r\n0\r\n\r\n`),
    };
  }),
  twist('a body in chunks with a trailer', () => ({
    without: ['Content-Length'],
    headers: [['Transfer-Encoding', 'chunked']],
    bodyBytes: Buffer.from('2;a="b"\r\n{}\r\n000\r\nX-Timeout-Ms: 1\r\n__proto__: 1\r\n\r\n'),
  })),
];

/** What no client sends by mistake. The answer may be any that is documented. */
export function hostileTwists(): readonly fc.Arbitrary<Twist>[] {
  const header = fc
    .tuple(
      fc.string({
        unit: fc.constantFrom(...'abcXYZ-_19!#$%'.split('')),
        minLength: 1,
        maxLength: 12,
      }),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    )
    // A line break would make another request of the rest: the scripts are for that.
    .filter(([, value]) => !/[\r\n]/.test(value))
    .map((pair) => withHeaders(pair));
  const target = fc
    .string({
      unit: fc.constantFrom(...'/v1locks%2Fe?&=#;:@.\\~"<>{}|^`a'.split('')),
      maxLength: 40,
    })
    .map((text) => twist(`the target ${text}`, () => ({ target: `/${text}` })));
  return [
    fc.constantFrom(...METHODS),
    fc.constantFrom(...TARGETS),
    fc.constantFrom(...PATHS),
    fc.constantFrom(...VERSIONS),
    fc.constantFrom(...HEADERS),
    fc.constantFrom(...HEADERS),
    fc.constantFrom(...BODIES),
    header,
    target,
  ];
}
