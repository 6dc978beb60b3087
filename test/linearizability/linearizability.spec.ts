import { checkLinearizable } from './linearizability.js';
import { BAG, type BagInput, type BagOutput } from './models/bag.js';
import { MUTEX, type MutexInput, type MutexOutput } from './models/mutex.js';
import { REGISTER, type RegisterInput, type RegisterOutput } from './models/register.js';
import { history } from './testing/history.js';

const STEPS = { stepsMax: 10_000 };

const READ: RegisterInput = { kind: 'read' };
const DONE: RegisterOutput = { kind: 'done' };
const DIFFERS: RegisterOutput = { kind: 'differs' };
const write = (value: number): RegisterInput => ({ kind: 'write', value });
const exchange = (expected: number, value: number): RegisterInput => {
  return { kind: 'compare-and-set', expected, value };
};
const told = (value: number): RegisterOutput => ({ kind: 'value', value });

describe('A register', () => {
  const verdict = (lines: Parameters<typeof history<RegisterInput, RegisterOutput>>[0]): string => {
    return checkLinearizable(history(lines), REGISTER, STEPS).kind;
  };

  it('may show either value to readers that overlap a write', () => {
    const kind = verdict([
      ['a', '(         )', write(1), DONE],
      ['b', '  ( )      ', READ, told(0)],
      ['c', '      ( )  ', READ, told(1)],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('shows no older value once a newer one was read', () => {
    const kind = verdict([
      ['a', '(         )', write(1), DONE],
      ['b', '  ( )      ', READ, told(1)],
      ['c', '      ( )  ', READ, told(0)],
    ]);
    expect(kind).toBe('violation');
  });

  it('shows a stale value to nobody', () => {
    const kind = verdict([
      ['a', '( )        ', write(1), DONE],
      ['b', '     ( )   ', READ, told(0)],
    ]);
    expect(kind).toBe('violation');
  });

  it('shows no value that was never written', () => {
    expect(verdict([['a', '( )', READ, told(7)]])).toBe('violation');
  });

  it('takes a call at the instant of a return for concurrent', () => {
    const kind = verdict([
      ['a', '( )  ', write(1), DONE],
      ['b', '  ( )', READ, told(0)],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('lets two writers overlap in either order, but in one only', () => {
    const writers = [
      ['a', '(    )      ', write(1), DONE],
      ['b', '(    )      ', write(2), DONE],
    ] as const;
    expect(verdict([...writers, ['c', '      ( )   ', READ, told(1)]])).toBe('linearizable');
    expect(verdict([...writers, ['c', '      ( )   ', READ, told(2)]])).toBe('linearizable');
    const both = [
      ['c', '      ( )   ', READ, told(1)],
      ['d', '          ( )', READ, told(2)],
    ] as const;
    expect(verdict([...writers, ...both])).toBe('violation');
  });

  it('exchanges its value for one of two that expect the same: no update is lost', () => {
    const first = ['a', '(    ) ', exchange(0, 1), DONE] as const;
    expect(verdict([first, ['b', ' (    )', exchange(0, 2), DIFFERS]])).toBe('linearizable');
    expect(verdict([first, ['b', ' (    )', exchange(0, 2), DONE]])).toBe('violation');
  });
});

describe('An operation with an unknown outcome', () => {
  const verdict = (lines: Parameters<typeof history<RegisterInput, RegisterOutput>>[0]): string => {
    return checkLinearizable(history(lines), REGISTER, STEPS).kind;
  };

  it('may have happened, also long after its client gave up', () => {
    const kind = verdict([
      ['a', '( )             ', write(1), null],
      ['b', '     ( )        ', READ, told(0)],
      ['c', '            ( ) ', READ, told(1)],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('may never happen', () => {
    const kind = verdict([
      ['a', '(               ', write(1), null],
      ['b', '     ( )        ', READ, told(0)],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('happens once', () => {
    const kind = verdict([
      ['a', '(                ', write(1), null],
      ['b', '   ( )           ', READ, told(1)],
      ['c', '       ( )       ', write(2), DONE],
      ['d', '           ( )   ', READ, told(1)],
    ]);
    expect(kind).toBe('violation');
  });

  it('does not happen before its call', () => {
    const kind = verdict([
      ['a', '     (     ', write(1), null],
      ['b', '( )        ', READ, told(1)],
    ]);
    expect(kind).toBe('violation');
  });

  it('has one as well when it has not returned, whatever it says', () => {
    const kind = verdict([
      ['a', '(           ', write(1), DONE],
      ['b', '   ( )      ', READ, told(0)],
    ]);
    expect(kind).toBe('linearizable');
  });
});

describe('A lock', () => {
  const lock = (owner: string): MutexInput => ({ kind: 'lock', owner });
  const unlock = (owner: string): MutexInput => ({ kind: 'unlock', owner });
  const verdict = (lines: Parameters<typeof history<MutexInput, MutexOutput>>[0]): string => {
    return checkLinearizable(history(lines), MUTEX, STEPS).kind;
  };

  it('goes from one to the next', () => {
    const kind = verdict([
      ['a', '( )          ', lock('a'), 'done'],
      ['b', '    ( )      ', lock('b'), 'refused'],
      ['a', '      (  )   ', unlock('a'), 'done'],
      ['c', '       (  )  ', lock('c'), 'done'],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('is not granted twice', () => {
    const kind = verdict([
      ['a', '(  )      ', lock('a'), 'done'],
      ['b', ' (  )     ', lock('b'), 'done'],
    ]);
    expect(kind).toBe('violation');
  });

  it('is granted twice when the first gave it back with an unknown outcome', () => {
    const kind = verdict([
      ['a', '(  )            ', lock('a'), 'done'],
      ['a', '     (  )       ', unlock('a'), null],
      ['b', '          (  )  ', lock('b'), 'done'],
    ]);
    expect(kind).toBe('linearizable');
  });

  it('is refused to nobody while it is free', () => {
    expect(verdict([['a', '(  )', lock('a'), 'refused']])).toBe('violation');
  });
});

describe('A bag', () => {
  const TAKE: BagInput = { kind: 'take' };
  const put = (value: number): BagInput => ({ kind: 'put', value });
  const took = (value: number | null): BagOutput => ({ value });

  it('may be in several states after one operation', () => {
    const lines = [
      ['a', '( )             ', put(1), took(null)],
      ['a', '    ( )         ', put(2), took(null)],
      ['b', '         (      ', TAKE, null],
      ['c', '            ( ) ', TAKE, took(2)],
      ['c', '                ( )', TAKE, took(null)],
    ] as const;
    expect(checkLinearizable(history(lines), BAG, STEPS).kind).toBe('linearizable');
    const again = ['d', '                    ( )', TAKE, took(1)] as const;
    expect(checkLinearizable(history([...lines, again]), BAG, STEPS).kind).toBe('violation');
  });
});

describe('checkLinearizable', () => {
  it('names the object, the shortest beginning without an explanation, and where it got stuck', () => {
    const good = history([['a', '( )', write(1), DONE]], 'good');
    const bad = history<RegisterInput, RegisterOutput>(
      [
        ['b', '   ( )            ', READ, told(1)],
        ['a', '( )               ', write(1), DONE],
        ['c', '        (  )      ', write(2), DONE],
        ['d', '         (  )     ', READ, told(0)],
        ['a', '              ( ) ', READ, told(2)],
      ],
      'bad',
    );
    const [readOne, writeOne, writeTwo, readZero] = bad;
    expect(checkLinearizable([...good, ...bad], REGISTER, STEPS)).toEqual({
      kind: 'violation',
      key: 'bad',
      operations: [writeOne, readOne, writeTwo, readZero],
      linearized: [writeOne, readOne, writeTwo],
      blocked: [readZero],
      steps: 6,
    });
  });

  it('is undecided, and not content, when the search was too long', () => {
    const writers = Array.from({ length: 12 }, (_, value) => {
      return [`w${value}`, '(          )', write(value + 1), DONE] as const;
    });
    const operations = history([...writers, ['r', '             ( )', READ, told(99)]]);
    const steps = { stepsMax: 100 };
    expect(checkLinearizable(operations, REGISTER, steps)).toEqual({
      kind: 'undecided',
      key: 'object',
      steps: 100,
    });
  });

  it('does not look again from where it has been: 12 writers at once are no 12! orders', () => {
    const writers = Array.from({ length: 12 }, (_, value) => {
      return [`w${value}`, '(          )', write(value + 1), DONE] as const;
    });
    const operations = history([...writers, ['r', '             ( )', READ, told(99)]]);
    const verdict = checkLinearizable(operations, REGISTER, { stepsMax: 1_000_000 });
    expect(verdict).toMatchObject({ kind: 'violation', key: 'object' });
    expect(verdict.steps).toBeLessThan(12 * 12 * 2 ** 12);
  });

  it('finds a violation of one object although another one is undecided', () => {
    const writers = Array.from({ length: 12 }, (_, value) => {
      return [`w${value}`, '(          )', write(value + 1), DONE] as const;
    });
    const slow = history([...writers, ['r', '             ( )', READ, told(99)]], 'slow');
    const bad = history([['a', '( )', READ, told(1)]], 'bad');
    expect(checkLinearizable([...slow, ...bad], REGISTER, { stepsMax: 100 })).toMatchObject({
      kind: 'violation',
      key: 'bad',
    });
  });

  it('accepts a history without operations', () => {
    expect(checkLinearizable([], REGISTER, STEPS)).toEqual({ kind: 'linearizable', steps: 0 });
  });
});
