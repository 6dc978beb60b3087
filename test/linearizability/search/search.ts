import type { Operation, SequentialModel } from '../operation.js';
import { LinearizedSet } from './linearized-set.js';
import { Visited } from './visited.js';

/** One place in the order: the state there, and what has been tried to follow. */
interface Place<State> {
  readonly state: State;
  /** Operations that may come next. */
  readonly candidates: readonly number[];
  /** The earliest return among those that have no place yet. */
  readonly returnsBy: number;
  tried: number;
  /** States after the candidate that is tried, the last one next. */
  after: State[];
}

export type Found<Input, Output> =
  | { readonly kind: 'linearizable' | 'undecided'; readonly steps: number }
  | {
      readonly kind: 'violation';
      readonly steps: number;
      /** No order passes the return of an operation at this time. */
      readonly blockedAt: number;
      readonly linearized: readonly Operation<Input, Output>[];
      readonly blocked: readonly Operation<Input, Output>[];
    };

/** The dead end that came furthest. */
interface DeadEnd {
  readonly returnsBy: number;
  readonly order: readonly number[];
  readonly candidates: readonly number[];
}

/**
 * Looks for an order of the operations on one object that keeps to real time and to the model:
 * depth first (Wing and Gong), never twice from the same set of operations and state (Lowe), nor
 * from one that permits no more.
 *
 * An operation may come next when no other one that is left has returned before its call. One
 * whose outcome is unknown may be left out for ever, and is tried last.
 */
export class Search<State, Input, Output> {
  /** By time of call: the known ones, then those with an unknown outcome. */
  private readonly operations: readonly Operation<Input, Output>[];
  private readonly known: number;
  private readonly set: LinearizedSet;
  private readonly visited: Visited<State>;
  private readonly places: Place<State>[] = [];
  private readonly order: number[] = [];
  private furthest: DeadEnd | null = null;
  private steps = 0;

  constructor(
    operations: readonly Operation<Input, Output>[],
    private readonly model: SequentialModel<State, Input, Output>,
    private readonly stepsMax: number,
  ) {
    const byCall = operations.toSorted((left, right) => left.invokedAt - right.invokedAt);
    const known = byCall.filter((operation) => !isUnknown(operation));
    this.known = known.length;
    this.operations = [...known, ...byCall.filter(isUnknown)];
    this.set = new LinearizedSet(known.length);
    this.visited = new Visited(model);
  }

  run(key: string): Found<Input, Output> {
    this.enter(this.model.initial(key));
    for (let place = this.places.at(-1); place !== undefined; place = this.places.at(-1)) {
      if (this.set.complete) return { kind: 'linearizable', steps: this.steps };
      const state = place.after.pop();
      if (state !== undefined) this.follow(place, state);
      else if (place.tried === place.candidates.length) this.leave(place);
      else if (this.steps === this.stepsMax) return { kind: 'undecided', steps: this.steps };
      else this.tryNext(place);
    }
    return this.violation();
  }

  private tryNext(place: Place<State>): void {
    const candidate = place.candidates[place.tried];
    place.tried += 1;
    const operation = candidate === undefined ? undefined : this.operations[candidate];
    if (operation === undefined) return;
    this.steps += 1;
    const { model } = this;
    const unknown = isUnknown(operation);
    const output = unknown ? null : operation.output;
    const states = model.step(place.state, operation.input, output);
    // One that changes nothing might as well never have happened.
    const before = unknown ? nameOf(model, place.state) : null;
    place.after = states.filter((state) => nameOf(model, state) !== before).toReversed();
  }

  /** Takes the candidate that was tried last into the order. */
  private follow(place: Place<State>, state: State): void {
    const candidate = place.candidates[place.tried - 1];
    if (candidate === undefined) return;
    this.set.add(candidate);
    if (this.visited.covers(this.set.name, state)) {
      this.set.delete(candidate);
      return;
    }
    this.order.push(candidate);
    this.enter(state);
  }

  private enter(state: State): void {
    const { operations, known, set } = this;
    const candidates: number[] = [];
    let returnsBy = Infinity;
    for (let number = set.firstMissing; number < known; number += 1) {
      const operation = operations[number];
      if (operation === undefined || set.has(number)) continue;
      if (operation.invokedAt > returnsBy) break;
      candidates.push(number);
      returnsBy = Math.min(returnsBy, operation.returnedAt ?? Infinity);
    }
    for (let number = known; number < operations.length; number += 1) {
      const operation = operations[number];
      if (operation === undefined || operation.invokedAt > returnsBy) break;
      if (!set.has(number)) candidates.push(number);
    }
    const tried = this.isDead(state, candidates) ? candidates.length : 0;
    this.places.push({ state, candidates, returnsBy, tried, after: [] });
  }

  /** Whether one that has to come can come no more. */
  private isDead(state: State, candidates: readonly number[]): boolean {
    return candidates.some((candidate) => {
      const operation = this.operations[candidate];
      if (operation === undefined || candidate >= this.known || operation.output === null) {
        return false;
      }
      return this.model.isTooLate?.(state, operation.input, operation.output) ?? false;
    });
  }

  /** Nothing more can follow here. */
  private leave({ candidates, returnsBy }: Place<State>): void {
    const { furthest, order } = this;
    const further =
      furthest === null ||
      returnsBy > furthest.returnsBy ||
      (returnsBy === furthest.returnsBy && order.length > furthest.order.length);
    if (further) this.furthest = { returnsBy, order: [...order], candidates };
    this.places.pop();
    const last = order.pop();
    if (last !== undefined) this.set.delete(last);
  }

  private violation(): Found<Input, Output> {
    const { furthest, operations, steps } = this;
    const { returnsBy, order, candidates } = furthest ?? EMPTY_DEAD_END;
    const named = (numbers: readonly number[]): readonly Operation<Input, Output>[] =>
      numbers.flatMap((number) => operations[number] ?? []);
    const linearized = named(order);
    const blocked = named(candidates.filter((number) => number < this.known));
    return { kind: 'violation', steps, blockedAt: returnsBy, linearized, blocked };
  }
}

const EMPTY_DEAD_END: DeadEnd = { returnsBy: Infinity, order: [], candidates: [] };

function nameOf<State>(model: SequentialModel<State, never, never>, state: State): string {
  return [model.identify(state), ...(model.burdens?.(state) ?? [])].join(' ');
}

export function isUnknown({ output, returnedAt }: Operation<unknown, unknown>): boolean {
  return output === null || returnedAt === null;
}
