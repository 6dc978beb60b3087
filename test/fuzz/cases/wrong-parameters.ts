import * as fc from 'fast-check';
import type { ApiDocument, Operation, Parameter } from '../document/api-document.js';
import {
  ANY,
  INVALID,
  targetOf,
  VALID,
  type Expectation,
  type RequestParts,
  type Twist,
} from './request-case.js';
import { withoutTopics } from './queue-values.js';
import { NAME_BYTES_MAX, TOPIC_BYTES_MAX } from './valid-values.js';

const BAD_ENCODINGS = ['%', '%z', '%zz', '%ff', '%c0%af', '%ed%a0%80', 'a%', '%e4%bd', '%f8%88'];
const ODD_INTEGERS = ['', ' 5', '5 ', '+5', '-5', '5.0', '5e1', '0x5', '٣', '1_0', 'NaN', 'null'];
const NO_SESSION: Expectation = { kind: 'refused', code: 'SESSION_NOT_FOUND' };

/** Parameters of an operation that are not what the document says, or only just. */
export function wrongParameters(
  document: ApiDocument,
  operation: Operation,
): readonly fc.Arbitrary<Twist>[] {
  const lists = operation.parameters.map((parameter) => {
    switch (parameter.in) {
      case 'path':
        return pathTwists(operation, parameter);
      case 'query':
        return queryTwists(document, operation, parameter);
      case 'header':
        return headerTwists(parameter);
    }
  });
  const unknown = fc
    .constantFrom(
      'extra',
      '__proto__',
      'constructor',
      'limit[]',
      'toString',
      'ü',
      'a'.repeat(2_000),
    )
    .map((name) => queryTwist(name, 'x', INVALID));
  // The root and its like are no routes of ours to judge.
  const own = operation.path.startsWith('/v1/') ? [unknown] : [];
  return [...lists.flat().map((list) => fc.constantFrom(...list)), ...own];
}

function queryTwist(name: string, value: string, expectation: Expectation): Twist {
  return {
    label: `?${name.slice(0, 20)}=${value.slice(0, 40)}`,
    expectation,
    apply: (parts) => ({
      ...parts,
      query: [...parts.query.filter(([key]) => key !== name), [name, value]],
    }),
  };
}

/** A value of the query as it is, percent-encoded or not. */
function rawQueryTwist(name: string, raw: string, expectation: Expectation): Twist {
  return {
    label: `?${name}=${raw}`,
    expectation,
    apply: (parts) => {
      const target = targetOf({ ...parts, query: parts.query.filter(([key]) => key !== name) });
      return { ...parts, target: `${target}${target.includes('?') ? '&' : '?'}${name}=${raw}` };
    },
  };
}

function queryTwists(
  document: ApiDocument,
  { id }: Operation,
  { name, schema }: Parameter,
): readonly Twist[][] {
  const { type, enum: choices, minimum = 0, maximum = 0 } = document.resolve(schema);
  const wrong = [
    ...BAD_ENCODINGS.map((raw) => rawQueryTwist(name, raw, INVALID)),
    rawQueryTwist(name, `1&${name}=1`, INVALID),
  ];
  if (choices !== undefined) {
    return [
      [...wrong, ['', 'none', 'Stale'].map((value) => queryTwist(name, value, INVALID))].flat(),
    ];
  }
  if (type === 'integer') {
    const values = [...ODD_INTEGERS, String(minimum - 1), String(maximum + 1), '9'.repeat(400)];
    const right = [String(minimum), String(maximum), `0${minimum}`];
    return [
      [...wrong, ...values.map((value) => queryTwist(name, value, INVALID))],
      right.map((value) => queryTwist(name, value, VALID)),
    ];
  }
  if (name === 'cursor') {
    const values = ['', 'a', '=', 'YQ==', 'YR', 'gA', '_w', 'x'.repeat(400), 'YQ '];
    return [[...wrong, ...values.map((value) => queryTwist(name, value, INVALID))]];
  }
  const values = ['a\0', 'a\nb', '\u0085', 'x'.repeat(257), '漢'.repeat(86)];
  if (id === 'getRing') return [[...wrong, ...RING], RING_RIGHT];
  const right = ['', ' ', '..', 'x'.repeat(256), '漢'.repeat(85), '+', '&', '#'];
  return [
    [...wrong, ...values.map((value) => queryTwist(name, value, INVALID))],
    right.map((value) => queryTwist(name, value, VALID)),
  ];
}

function ringTwist(expectation: Expectation, ...query: (readonly [string, string])[]): Twist {
  return {
    label: `the query ${JSON.stringify(query).slice(0, 60)}`,
    expectation,
    apply: (parts) => ({ ...parts, query }),
  };
}

const RING: readonly Twist[] = [
  ringTwist(INVALID),
  ringTwist(INVALID, ['key', 'a']),
  ringTwist(INVALID, ['cache', 'a']),
  ringTwist(INVALID, ['topic', 'a'], ['key', 'a']),
  ringTwist(INVALID, ['topic', 'a'], ['cache', '']),
  ringTwist(INVALID, ['topic', '']),
  ringTwist(INVALID, ['topic', '..']),
  ringTwist(INVALID, ['cache', '.'], ['key', 'a']),
];
const RING_RIGHT: Twist[] = [
  ringTwist(VALID, ['topic', 'x'.repeat(256)]),
  ringTwist(VALID, ['topic', ' ']),
  ringTwist(VALID, ['cache', '漢'.repeat(85)], ['key', '...']),
];

function headerTwists({ name, schema }: Parameter): readonly Twist[][] {
  const twist = (values: readonly string[], expectation: Expectation): Twist => ({
    label: `${name}: ${values.join(' and ').slice(0, 60)}`,
    expectation,
    apply: (parts) => ({
      ...parts,
      headers: [
        ...parts.headers.filter(([key]) => key !== name),
        ...values.map((value) => [name, value] as const),
      ],
    }),
  });
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 0 } = schema;
    const wrong = ODD_INTEGERS.filter((text) => text.trim() === text)
      .filter((text) => text !== '٣')
      .concat([String(minimum - 1), String(maximum + 1), '9'.repeat(400), '\xe9']);
    return [
      [...wrong.map((value) => twist([value], INVALID)), twist(['1000', '1000'], INVALID)],
      [String(minimum), String(maximum)].map((value) => twist([value], VALID)),
    ];
  }
  if (name === 'Idempotency-Key') {
    const wrong = ['', 'a b', 'a\tb', '\xe9', 'x'.repeat(129), '\x80'];
    return [
      [...wrong.map((value) => twist([value], INVALID)), twist(['a', 'a'], INVALID)],
      [twist(['x'.repeat(128)], VALID), twist(['"'], VALID)],
    ];
  }
  return [
    ['', ' ', '\xff', '-', 'x'.repeat(4_000), '0-0', '1'.repeat(300)].map((v) => twist([v], ANY)),
  ];
}

function pathTwists(operation: Operation, { name, schema }: Parameter): readonly Twist[][] {
  const raw = (text: string, expectation: Expectation): Twist => ({
    label: `{${name}} is ${text.slice(0, 60)}`,
    expectation,
    apply: (parts) => ({
      ...(name === 'topic' ? withoutTopics(parts) : parts),
      target: rawPath(parts, name, text),
    }),
  });
  const bad = BAD_ENCODINGS.map((text) => raw(text, INVALID));
  const { maxLength = 0 } = schema;
  if (maxLength === NAME_BYTES_MAX || maxLength === TOPIC_BYTES_MAX) {
    const dead = maxLength === TOPIC_BYTES_MAX ? [`${'x'.repeat(251)}.dead`] : [];
    const tooLong = maxLength === TOPIC_BYTES_MAX ? [`${'x'.repeat(252)}.dead`] : [];
    const wrong = [
      '%00',
      '%0a',
      'a%7f',
      '%c2%85',
      '%2E',
      '%2e%2E',
      'x'.repeat(maxLength + 1),
      ...tooLong,
    ];
    const long = encodeURIComponent('漢'.repeat(Math.floor(maxLength / 3)));
    const right = ['x'.repeat(maxLength), ...dead, long, '...', '%2F', '%2e%2F%2e'];
    return [
      [
        ...bad,
        [...wrong, encodeURIComponent('漢'.repeat(86))].map((text) => raw(text, INVALID)),
      ].flat(),
      [...right, "!$&'()*+,;=:@~", '%25', '%3F'].map((text) => raw(text, VALID)),
    ];
  }
  const isSession = operation.path.includes('/sessions/');
  return [
    [
      ...bad,
      ['x'.repeat(129), '%00', '.%2e', '%20'].map((text) =>
        raw(text, isSession ? NO_SESSION : ANY),
      ),
    ].flat(),
  ];
}

function rawPath(parts: RequestParts, name: string, text: string): string {
  const marker = 'RAW';
  const target = targetOf({ ...parts, path: { ...parts.path, [name]: marker } });
  return target.replace(`/${marker}`, () => `/${text}`);
}
