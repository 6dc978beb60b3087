import * as fc from 'fast-check';
import { checkLinearizable } from './linearizability.js';
import { MUTEX, type MutexInput, type MutexOutput } from './models/mutex.js';
import { BAG, type BagInput, type BagOutput } from './models/bag.js';
import { REGISTER, type RegisterInput, type RegisterOutput } from './models/register.js';
import type { Operation, SequentialModel } from './operation.js';
import { linearizableByForce } from './testing/brute-force.js';

const STEPS = { stepsMax: 1_000_000 };

/** Every run draws the same cases. */
const SEED = 20_261_121;

/** A model, with what may be asked of it and answered. */
interface Subject<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
}

const VALUES = [0, 1, 2];

const SUBJECTS = {
  register: {
    model: REGISTER,
    inputs: [
      { kind: 'read' },
      ...VALUES.map((value) => ({ kind: 'write', value })),
      ...VALUES.map((value) => ({ kind: 'compare-and-set', expected: value, value: 2 - value })),
    ],
    outputs: [
      ...VALUES.map((value) => ({ kind: 'value', value })),
      { kind: 'done' },
      { kind: 'differs' },
    ],
  } as Subject<number, RegisterInput, RegisterOutput>,
  lock: {
    model: MUTEX,
    inputs: ['a', 'b'].flatMap((owner) => [
      { kind: 'lock', owner },
      { kind: 'unlock', owner },
    ]),
    outputs: ['done', 'refused'],
  } as Subject<string | null, MutexInput, MutexOutput>,
  bag: {
    model: BAG,
    inputs: [...VALUES.map((value) => ({ kind: 'put', value })), { kind: 'take' }],
    outputs: [null, ...VALUES].map((value) => ({ value })),
  } as Subject<readonly number[], BagInput, BagOutput>,
};

/** How one operation of a drawn history lies in time and is answered. */
const DRAWN = fc.record({
  input: fc.nat(),
  output: fc.nat(),
  unknown: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
  /** Whether an operation with an unknown outcome happens. */
  happens: fc.boolean(),
  before: fc.integer({ min: 0, max: 30 }),
  after: fc.integer({ min: 0, max: 30 }),
});

type Drawn = typeof DRAWN extends fc.Arbitrary<infer Value> ? Value : never;

/** Instants between the points of two operations in a run. */
const POINT_DISTANCE = 10;

/** Does the operations one after the other and answers truly; then lets them overlap. */
function trueHistory<State, Input, Output>(
  { model, inputs, outputs }: Subject<State, Input, Output>,
  drawn: readonly Drawn[],
  key = 'object',
): readonly Operation<Input, Output>[] {
  let state = model.initial(key);
  return drawn.flatMap(({ input: choice, output, unknown, happens, before, after }, place) => {
    const input = pick(inputs, choice);
    const answers = outputs.flatMap((possible) =>
      model.step(state, input, possible).map((next) => ({ possible, next })),
    );
    const answer = pick(answers, output);
    if (!unknown || happens) state = answer.next;
    const point = place * POINT_DISTANCE;
    const invokedAt = Math.max(0, point - before);
    const operation = { client: `c${place}`, key, input, invokedAt };
    return unknown
      ? { ...operation, output: null, returnedAt: null }
      : { ...operation, output: answer.possible, returnedAt: point + after };
  });
}

/** Any answers at all. */
function anyHistory<State, Input, Output>(
  { inputs, outputs }: Subject<State, Input, Output>,
  drawn: readonly Drawn[],
): readonly Operation<Input, Output>[] {
  return drawn.map(({ input, output, unknown, before, after }, place) => ({
    client: `c${place}`,
    key: 'object',
    input: pick(inputs, input),
    output: unknown ? null : pick(outputs, output),
    invokedAt: before,
    returnedAt: before + after,
  }));
}

function pick<Item>(items: readonly Item[], choice: number): Item {
  const item = items[choice % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function mutated<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  outputs: readonly Output[],
  { place, output }: { readonly place: number; readonly output: number },
): readonly Operation<Input, Output>[] {
  const known = operations.filter((operation) => operation.output !== null);
  if (known.length === 0) return operations;
  const changed = pick(known, place);
  return operations.map((operation) => {
    return operation === changed ? { ...operation, output: pick(outputs, output) } : operation;
  });
}

function describeSubject<State, Input, Output>(
  name: string,
  subject: Subject<State, Input, Output>,
): void {
  const { model, outputs } = subject;
  const kind = (operations: readonly Operation<Input, Output>[]): string => {
    return checkLinearizable(operations, model, STEPS).kind;
  };
  const byForce = (operations: readonly Operation<Input, Output>[]): string => {
    return linearizableByForce(operations, model) ? 'linearizable' : 'violation';
  };

  describe(`checkLinearizable on a ${name}`, () => {
    it('accepts what was done one after the other and seen to overlap', () => {
      const histories = fc.array(DRAWN, { maxLength: 60 });
      fc.assert(
        fc.property(histories, (drawn) => {
          expect(kind(trueHistory(subject, drawn))).toBe('linearizable');
        }),
        { seed: SEED, numRuns: 500 },
      );
    });

    it('judges small histories with one changed answer as trying every order does', () => {
      const histories = fc.array(DRAWN, { minLength: 1, maxLength: 6 });
      const changes = fc.record({ place: fc.nat(), output: fc.nat() });
      const judged = { linearizable: 0, violation: 0 };
      fc.assert(
        fc.property(histories, changes, (drawn, change) => {
          const operations = mutated(trueHistory(subject, drawn), outputs, change);
          const expected = byForce(operations);
          judged[expected === 'linearizable' ? expected : 'violation'] += 1;
          expect(kind(operations)).toBe(expected);
        }),
        { seed: SEED, numRuns: 3000 },
      );
      expect(Math.min(judged.linearizable, judged.violation)).toBeGreaterThan(300);
    });

    it('judges small histories of any kind as trying every order does', () => {
      const histories = fc.array(DRAWN, { maxLength: 6 });
      const judged = { linearizable: 0, violation: 0 };
      fc.assert(
        fc.property(histories, (drawn) => {
          const operations = anyHistory(subject, drawn);
          const expected = byForce(operations);
          judged[expected === 'linearizable' ? expected : 'violation'] += 1;
          expect(kind(operations)).toBe(expected);
        }),
        { seed: SEED, numRuns: 3000 },
      );
      expect(Math.min(judged.linearizable, judged.violation)).toBeGreaterThan(300);
    });

    it('shows a beginning that has no explanation, none shorter than which has', () => {
      const histories = fc.array(DRAWN, { minLength: 2, maxLength: 6 });
      const changes = fc.record({ place: fc.nat(), output: fc.nat() });
      fc.assert(
        fc.property(histories, changes, (drawn, change) => {
          const operations = mutated(trueHistory(subject, drawn), outputs, change);
          const verdict = checkLinearizable(operations, model, STEPS);
          if (verdict.kind !== 'violation') return;
          expect(byForce(verdict.operations)).toBe('violation');
          const ends = verdict.blocked.map(({ returnedAt }) => returnedAt ?? 0);
          expect(byForce(cut(operations, Math.min(...ends) - 1))).toBe('linearizable');
        }),
        { seed: SEED, numRuns: 1000 },
      );
    });
  });
}

/** What somebody knows who looks at this instant. */
function cut<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  at: number,
): readonly Operation<Input, Output>[] {
  return operations
    .filter(({ invokedAt }) => invokedAt <= at)
    .map((operation) => {
      const returned = operation.returnedAt !== null && operation.returnedAt <= at;
      return returned ? operation : { ...operation, output: null, returnedAt: null };
    });
}

describeSubject('register', SUBJECTS.register);
describeSubject('lock', SUBJECTS.lock);
describeSubject('bag', SUBJECTS.bag);

describe('checkLinearizable on a long history', () => {
  it('decides 10,000 operations on 50 objects in seconds', () => {
    const drawn = fc.sample(DRAWN, { seed: SEED, numRuns: 10_000 });
    const operations = Array.from({ length: 50 }, (_, object) => {
      const part = drawn.slice(object * 200, (object + 1) * 200);
      return trueHistory(SUBJECTS.register, part, `object-${object}`);
    }).flat();
    const startedMs = performance.now();
    const verdict = checkLinearizable(operations, REGISTER, STEPS);
    expect(verdict.kind).toBe('linearizable');
    expect(verdict.steps).toBeLessThan(1_000_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
