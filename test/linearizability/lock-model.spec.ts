import {
  checkLockHistory,
  type LockInput,
  type LockOutput,
  type LockRecord,
} from './lock-history.js';
import {
  record,
  asked,
  grant,
  granted,
  release,
  renew,
  notHolder,
  seen,
  broken,
  verdict,
  CREATE,
  type Span,
} from './testing/lock-records.js';

describe('A lock', () => {
  it('goes from one holder to the next', () => {
    const kind = verdict(
      granted('a', [0, 10], 1),
      seen([20, 30], [['a', 1]]),
      granted('b', [5, 60], 2, { waitMs: 100 }),
      release('a', [40, 50], 1, 0),
      seen([70, 80], [['b', 2]]),
      release('b', [90, 95], 2, 0),
      seen([100, 110], []),
    );
    expect(kind).toBe('linearizable');
  });

  it('is not granted to two', () => {
    expect(verdict(granted('a', [0, 10], 1), granted('b', [20, 30], 2))).toBe('violation');
    expect(verdict(granted('a', [0, 30], 1), granted('b', [5, 25], 2))).toBe('violation');
  });

  it('is granted to two when both share it, and to no writer with them', () => {
    const shared = { mode: 'shared' } as const;
    const readers = [granted('a', [0, 10], 1, shared), granted('b', [20, 30], 2, shared)];
    expect(verdict(...readers)).toBe('linearizable');
    const both = [
      ['a', 1],
      ['b', 2],
    ] as const;
    expect(verdict(...readers, seen([40, 50], both, 'shared'))).toBe('linearizable');
    expect(verdict(...readers, granted('c', [40, 50], 3))).toBe('violation');
  });

  it('is granted anew when a lease can have ended, and no earlier', () => {
    expect(verdict(granted('a', [0, 10], 1), granted('b', [900, 1000], 2))).toBe('linearizable');
    expect(verdict(granted('a', [0, 10], 1), granted('b', [900, 999], 2))).toBe('violation');
  });

  it('counts a lease from the release that made way for its grant', () => {
    const waited = [
      granted('a', [0, 10], 1),
      granted('b', [20, 820], 2, { waitMs: 5000 }),
      release('a', [800, 810], 1, 0),
    ];
    expect(verdict(...waited, granted('c', [1700, 1800], 3))).toBe('linearizable');
    expect(verdict(...waited, granted('c', [1700, 1799], 3))).toBe('violation');
  });

  it('allows for clocks as far as it is told to', () => {
    const records = [granted('a', [0, 10], 1), granted('b', [900, 985], 2)];
    const lenient = { clock: { rateMax: 1.01, slackMs: 10 }, stepsMax: 1000 };
    expect(checkLockHistory(records, lenient).kind).toBe('linearizable');
  });

  it('may stay with its holder long after the lease', () => {
    const kind = verdict(
      granted('a', [0, 10], 1),
      seen([5000, 5010], [['a', 1]]),
      renew('a', [5020, 5030], 1),
      release('a', [5900, 5910], 1, 0),
    );
    expect(kind).toBe('linearizable');
  });

  it('stays with whom was seen to hold it until the lease has ended anew', () => {
    const held = [granted('a', [0, 10], 1), renew('a', [800, 810], 1)];
    expect(verdict(...held, notHolder('a', [1700, 1799], 1))).toBe('violation');
    expect(verdict(...held, notHolder('a', [1700, 1800], 1))).toBe('linearizable');
  });

  it('takes the length that a renewal asks for', () => {
    const held = [granted('a', [0, 10], 1), renew('a', [100, 110], 1, 3000)];
    expect(verdict(...held, granted('b', [2000, 3099], 2))).toBe('violation');
    expect(verdict(...held, granted('b', [2000, 3100], 2))).toBe('linearizable');
  });

  it('is not lost once it was lost', () => {
    const kind = verdict(
      granted('a', [0, 10], 1),
      granted('b', [1500, 1510], 2),
      renew('a', [1520, 1530], 1),
    );
    expect(kind).toBe('violation');
  });

  it('shows nobody who gave it back, and everybody who holds it', () => {
    const given = [granted('a', [0, 10], 1), release('a', [20, 30], 1, 0)];
    expect(verdict(...given, seen([40, 50], [['a', 1]]))).toBe('violation');
    expect(verdict(granted('a', [0, 10], 1), seen([20, 30], []))).toBe('violation');
    expect(verdict(granted('a', [0, 10], 1), seen([5, 30], []))).toBe('linearizable');
  });

  it('names who holds it to whom it refuses', () => {
    const held = (name: string, token: number): LockOutput => {
      const holders = [{ owner: name, sessionId: null, token, holds: 1 }];
      return { status: 'held', name: 'l', holders };
    };
    const first = granted('a', [0, 10], 1);
    expect(verdict(first, record('b', [20, 30], asked('b'), held('a', 1)))).toBe('linearizable');
    expect(verdict(first, record('b', [20, 30], asked('b'), held('c', 1)))).toBe('violation');
    const after = release('a', [12, 15], 1, 0);
    expect(verdict(first, after, record('b', [20, 30], asked('b'), held('a', 1)))).toBe(
      'violation',
    );
  });

  it('counts further holds and is free after as many releases', () => {
    const twice = [granted('a', [0, 10], 1), granted('a', [20, 30], 1, { holds: 2 })];
    expect(verdict(...twice, release('a', [40, 50], 1, 1))).toBe('linearizable');
    expect(verdict(...twice, release('a', [40, 50], 1, 0))).toBe('violation');
    expect(verdict(...twice, release('a', [40, 50], 1, 1), seen([60, 70], []))).toBe('violation');
  });

  it('is upgraded with a new token when nobody shares it', () => {
    const shared = { mode: 'shared' } as const;
    const upgrade = granted('a', [40, 50], 3, { holds: 2 });
    const alone = granted('a', [0, 10], 1, shared);
    expect(verdict(alone, upgrade, release('a', [60, 70], 1, 1))).toBe('linearizable');
    expect(verdict(alone, granted('b', [20, 30], 2, shared), upgrade)).toBe('violation');
    expect(verdict(alone, granted('a', [40, 50], 1, { holds: 2 }))).toBe('violation');
  });

  it('is taken from its holder by a break', () => {
    const first = granted('a', [0, 10], 1);
    expect(verdict(first, broken([20, 30]), granted('b', [40, 50], 2))).toBe('linearizable');
    expect(verdict(first, broken([20, 30]), renew('a', [40, 50], 1))).toBe('violation');
    expect(verdict(first, broken([20, 30], 'free'))).toBe('violation');
    expect(verdict(broken([20, 30]))).toBe('violation');
  });

  it('rests for its whole delay after a holder failed, and after a release not at all', () => {
    const first = granted('a', [0, 10], 1, { lockDelayMs: 500 });
    expect(verdict(first, granted('b', [1000, 1499], 2))).toBe('violation');
    expect(verdict(first, granted('b', [1000, 1500], 2))).toBe('linearizable');
    expect(
      verdict(
        first,
        notHolder('a', [1000, 1200], 1),
        broken([1210, 1220]),
        granted('b', [1230, 1240], 2),
      ),
    ).toBe('linearizable');
    expect(verdict(first, release('a', [20, 30], 1, 0), granted('b', [40, 50], 2))).toBe(
      'linearizable',
    );
  });

  it('is not held by whom was refused', () => {
    const refused = record('a', [0, 10], asked('a'), { status: 'not-done' });
    expect(verdict(refused, seen([20, 30], [['a', 1]]))).toBe('violation');
  });
});

describe('A call with an unknown outcome', () => {
  const acquire = record('a', [0, 10], asked('a'), null);

  it('may have been a grant, for any time', () => {
    expect(verdict(acquire, seen([20, 30], [['a', 1]]), seen([40, 50], []))).toBe('linearizable');
    expect(verdict(acquire, seen([20, 30], []), seen([40, 50], [['a', 1]]))).toBe('linearizable');
    expect(verdict(acquire, granted('b', [20, 30], 2))).toBe('linearizable');
    expect(verdict(acquire, granted('a', [20, 30], 1, { holds: 2 }))).toBe('linearizable');
    expect(verdict(granted('a', [20, 30], 1, { holds: 2 }))).toBe('violation');
  });

  it('may have been a grant of the token of which its client hears with the next one', () => {
    const again = granted('a', [40, 50], 1, { holds: 2 });
    expect(verdict(acquire, seen([20, 30], [['a', 1]]), again)).toBe('linearizable');
  });

  it('may have been an exclusive grant or a shared one, as far as a refusal shows', () => {
    const both = [acquire, record('a', [0, 10], asked('a', { mode: 'shared' }), null)];
    const holders = [{ owner: 'a', sessionId: null, token: 1, holds: 1 }];
    const held = record('b', [20, 30], asked('b'), { status: 'held', name: 'l', holders });
    expect(verdict(...both, held, seen([40, 50], [['a', 1]]))).toBe('linearizable');
    expect(verdict(...both, held, seen([40, 50], [['a', 1]], 'shared'))).toBe('linearizable');
  });

  it('may have been a grant beside others, to whom held the lock before and might upgrade', () => {
    const shared = { mode: 'shared' } as const;
    const untold = [
      record('a', [0, 5], asked('a'), null),
      record('a', [40, 50], asked('a', shared), null),
    ];
    const first = granted('a', [6, 10], 1, shared);
    const beside = granted('b', [20, 30], 2, shared);
    const both = [
      ['b', 2],
      ['a', 3],
    ] as const;
    const given = release('a', [32, 38], 1, null);
    const look = seen([60, 70], both, 'shared');
    expect(verdict(...untold, first, beside, given, look)).toBe('linearizable');
    expect(verdict(...untold, first, beside, look)).toBe('violation');
    expect(verdict(...untold, first, beside, seen([1500, 1510], both, 'shared'))).toBe(
      'linearizable',
    );
  });

  it('may have been given back while another request of its party, which joined it, waited', () => {
    const untold = record('a', [0, 20], asked('a', { waitMs: 100 }), null);
    const joined = { mode: 'shared', waitMs: 100 } as const;
    const told = record('a', [10, 60], asked('a', joined), grant(1));
    expect(verdict(untold, told, seen([70, 80], [['a', 1]]))).toBe('linearizable');
    expect(verdict(told)).toBe('violation');
    // Who does not wait is told at once, when there were two.
    const atOnce = record('a', [10, 60], asked('a', { mode: 'shared' }), grant(1));
    expect(verdict(untold, atOnce)).toBe('violation');
  });

  it('may have been an upgrade, or a new grant after the end of the first', () => {
    const first = granted('a', [0, 10], 1, { mode: 'shared' });
    const upgrade = record('a', [20, 30], asked('a'), null);
    const twice = seen([40, 50], [['a', 2, 2]]);
    expect(verdict(first, upgrade, twice)).toBe('linearizable');
    expect(verdict(first, seen([1500, 1510], [['a', 2]]))).toBe('violation');
    expect(verdict(first, upgrade, seen([1500, 1510], [['a', 2]]))).toBe('linearizable');
  });

  it('is no grant before it was asked for, nor of a token that somebody else has', () => {
    const late = record('a', [40, 50], asked('a'), null);
    expect(verdict(late, seen([20, 30], [['a', 1]]))).toBe('violation');
    const other = [granted('b', [0, 5], 1), release('b', [6, 8], 1, 0)];
    expect(verdict(...other, late, seen([60, 70], [['a', 1]]))).toBe('violation');
  });

  it('may have been a release', () => {
    const first = granted('a', [0, 10], 1);
    const lost = release('a', [20, 30], 1, null);
    expect(verdict(first, lost, granted('b', [40, 50], 2))).toBe('linearizable');
    expect(verdict(first, lost, renew('a', [40, 50], 1))).toBe('linearizable');
    expect(verdict(first, lost, granted('b', [40, 50], 2), renew('a', [60, 70], 1))).toBe(
      'violation',
    );
    expect(verdict(first, granted('b', [12, 15], 2), lost)).toBe('violation');
  });

  it('may have been a break', () => {
    const lost = record('operator', [20, 30], { kind: 'break', name: 'l' }, null);
    expect(verdict(granted('a', [0, 10], 1), lost, granted('b', [40, 50], 2))).toBe('linearizable');
  });

  it('may have made a lease shorter', () => {
    const first = granted('a', [0, 10], 1);
    const again = record('a', [20, 30], asked('a', { ttlMs: 100 }), null);
    expect(verdict(first, again, notHolder('a', [110, 120], 1))).toBe('linearizable');
    expect(verdict(first, again, notHolder('a', [110, 119], 1))).toBe('violation');
  });

  it('may have ended a session', () => {
    const lost = record('a', [30, 40], { kind: 'end-session', sessionId: 's' }, null);
    const created = record('a', [0, 5], CREATE, { status: 'created', sessionId: 's' });
    const held = granted('a', [10, 20], 1, { sessionId: 's' });
    expect(verdict(created, held, lost, granted('b', [50, 60], 2))).toBe('linearizable');
    expect(verdict(created, held, granted('b', [50, 60], 2))).toBe('violation');
  });
});

describe('A session', () => {
  const created = record('a', [0, 5], CREATE, { status: 'created', sessionId: 's' });
  const held = granted('a', [10, 20], 1, { sessionId: 's', ttlMs: 1 });
  const kept = (span: Span, status: 'alive' | 'session-not-found'): LockRecord => {
    return record('a', span, { kind: 'keep-alive', sessionId: 's' }, { status });
  };

  it('holds its locks as long as it is kept alive', () => {
    const records = [created, held, kept([900, 910], 'alive')];
    expect(verdict(...records, granted('b', [1800, 1900], 2))).toBe('linearizable');
    expect(verdict(...records, granted('b', [1800, 1899], 2))).toBe('violation');
  });

  it('holds them although it is kept alive only later', () => {
    const records = [created, held, granted('b', [1500, 1510], 2), kept([1600, 1610], 'alive')];
    expect(verdict(...records)).toBe('violation');
  });

  it('is found dead when it can have ended only, and never alive again', () => {
    expect(verdict(created, kept([900, 999], 'session-not-found'))).toBe('violation');
    expect(verdict(created, kept([900, 1000], 'session-not-found'))).toBe('linearizable');
    const dead = kept([1900, 2000], 'session-not-found');
    expect(verdict(created, dead, kept([2100, 2110], 'alive'))).toBe('violation');
  });

  it('gives up its locks when it is deleted', () => {
    const end = record('a', [30, 40], { kind: 'end-session', sessionId: 's' }, { status: 'ended' });
    expect(verdict(created, held, end, granted('b', [50, 60], 2))).toBe('linearizable');
    const input: LockInput = {
      kind: 'renew',
      owner: 'a',
      locks: [{ name: 'l', token: 1 }],
      ttlMs: null,
    };
    const locks = [{ name: 'l', mode: 'exclusive' as const, token: 1, holds: 1 }];
    const late = record('a', [50, 60], input, { status: 'renewed', locks });
    expect(verdict(created, held, end, late)).toBe('violation');
  });

  it('is another holder than its owner without it', () => {
    expect(verdict(created, held, granted('a', [30, 40], 1, { holds: 2 }))).toBe('violation');
  });
});
