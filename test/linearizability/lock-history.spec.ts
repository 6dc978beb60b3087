import {
  checkLockHistory,
  formatRecord,
  readHistory,
  type LockInput,
  type LockRecord,
} from './lock-history.js';
import {
  OPTIONS,
  TTL_MS,
  record,
  asked,
  grant,
  granted,
  release,
  seen,
  verdict,
  type Span,
} from './testing/lock-records.js';

describe('Tokens', () => {
  it('grow, on one lock and over all', () => {
    const first = [granted('a', [0, 10], 5), release('a', [20, 30], 5, 0)];
    expect(verdict(...first, granted('b', [40, 50], 4))).toBe('violation');
    expect(verdict(...first, granted('b', [40, 50], 4, { lock: 'm' }))).toBe('violation');
    expect(verdict(...first, granted('b', [5, 50], 4, { lock: 'm' }))).toBe('linearizable');
  });

  it('are given once', () => {
    const records = [granted('a', [0, 10], 5), granted('b', [5, 15], 5, { lock: 'm' })];
    expect(checkLockHistory(records, OPTIONS)).toEqual({
      kind: 'violation',
      about: 'tokens',
      explanation: [
        'token 5 was granted twice:',
        '  0..10                  a: acquire l exclusive for a (ttl 1000, wait 0) -> granted l exclusive token 5 holds 1',
        '  5..15                  b: acquire m exclusive for b (ttl 1000, wait 0) -> granted m exclusive token 5 holds 1',
      ].join('\n'),
    });
  });

  it('of a multi-lock follow each other: it is granted in one step', () => {
    const multi = (span: Span, tokens: readonly [number, number]): LockRecord => {
      const locks = ['m', 'n'].map((name) => ({ name, mode: 'exclusive' as const }));
      const input: LockInput = {
        ...asked('a'),
        kind: 'acquire',
        owner: 'a',
        sessionId: null,
        locks,
        ttlMs: TTL_MS,
        waitMs: 0,
        lockDelayMs: 0,
      };
      const told = locks.map((lock, place) => ({ ...lock, token: tokens[place] ?? 0, holds: 1 }));
      return record('a', span, input, { status: 'granted', locks: told });
    };
    expect(verdict(multi([0, 20], [1, 2]), granted('b', [5, 15], 3))).toBe('linearizable');
    expect(verdict(multi([0, 20], [1, 3]), granted('b', [5, 15], 2))).toBe('violation');
  });
});

describe('A history', () => {
  it('is read as it was written', () => {
    const records = [
      granted('a', [0.5, 10.25], 1),
      release('a', [20, null], 1, null),
      seen([30, 40], [['a', 1]]),
    ];
    expect(readHistory(`${records.map(formatRecord).join('\n')}\n\n`)).toEqual(records);
  });

  it.each([
    ['{', /line 2: /],
    ['{}', /line 2: input must be an object/],
    [formatRecord({ ...granted('a', [10, 5], 1) }), /line 2: returned before it was invoked/],
    [formatRecord({ ...granted('a', [1, null], 1) }), /line 2: an output without a time of return/],
    [
      formatRecord(record('a', [1, 2], asked('a'), { status: 'broken' })),
      /output.status must be one of granted/,
    ],
    [formatRecord(record('a', [1, 2], asked('a'), grant(1, 1, { lock: 'm' }))), /all of them/],
  ])('is refused with a line that is none: %s', (line, reason) => {
    const first = formatRecord(granted('a', [0, 1], 1));
    expect(() => readHistory(`${first}\n${line}\n`)).toThrow(reason);
  });

  it('that cannot be is explained', () => {
    const records = [
      granted('a', [0, 10], 1),
      granted('b', [20, 30], 2),
      release('a', [40, 50], 1, 0),
    ];
    expect(checkLockHistory(records, OPTIONS)).toEqual({
      kind: 'violation',
      about: 'l',
      explanation: [
        'lock l: no order of these calls explains their answers.',
        '',
        'Calls by time (2):',
        '  0..10                  a: acquire l exclusive for a (ttl 1000, wait 0) -> granted l exclusive token 1 holds 1',
        '  20..30                 b: acquire l exclusive for b (ttl 1000, wait 0) -> granted l exclusive token 2 holds 1',
        '',
        'The longest order that is possible (1):',
        '  0..10                  a: acquire l exclusive for a (ttl 1000, wait 0) -> granted l exclusive token 1 holds 1',
        '',
        'What could have come next, and why it cannot:',
        '  20..30                 b: acquire l exclusive for b (ttl 1000, wait 0) -> granted l exclusive token 2 holds 1',
        '      a holds it (exclusive, token 1), until 1000 at least',
      ].join('\n'),
    });
  });

  it('of which too much overlaps is undecided', () => {
    const readers = Array.from({ length: 20 }, (_, reader) => {
      return granted(`r${reader}`, [0, 100], reader + 1, { mode: 'shared' });
    });
    const kind = checkLockHistory([...readers, granted('w', [200, 210], 99)], {
      ...OPTIONS,
      stepsMax: 10,
    });
    expect(kind).toEqual({ kind: 'undecided', about: 'l', steps: 10 });
  });
});
