import type { CheckOptions, Operation, SequentialModel, Verdict } from './operation.js';
import { Search } from './search/search.js';

/**
 * Whether the operations could have been done one after the other, each at one instant between its
 * call and its return, with the answers that were given.
 *
 * Objects are checked one by one: a history is linearizable when it is for each object (Herlihy and
 * Wing, theorem 1). An operation with an unknown outcome may take effect at any instant after its
 * call, or never.
 *
 * @returns a violation when there is one for some object; `undecided` when the search gave up for
 * one and there is none for the others.
 * @see Wing and Gong, Testing and verifying concurrent objects, 1993; Lowe, Testing for
 * linearizability, 2017; Horn and Kroening, Faster linearizability checking via P-compositionality,
 * 2015
 */
export function checkLinearizable<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
  { stepsMax }: CheckOptions,
): Verdict<Input, Output> {
  let steps = 0;
  let undecided: string | null = null;
  for (const [key, ofKey] of byKey(operations)) {
    const found = new Search(ofKey, model, stepsMax).run(key);
    steps += found.steps;
    if (found.kind === 'undecided') undecided ??= key;
    if (found.kind !== 'violation') continue;
    const { blockedAt, linearized, blocked } = found;
    const beginning = ofKey
      .filter(({ invokedAt }) => invokedAt <= blockedAt)
      .toSorted((left, right) => left.invokedAt - right.invokedAt);
    return { kind: 'violation', key, operations: beginning, linearized, blocked, steps };
  }
  if (undecided !== null) return { kind: 'undecided', key: undecided, steps };
  return { kind: 'linearizable', steps };
}

function byKey<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): ReadonlyMap<string, readonly Operation<Input, Output>[]> {
  const keys = new Map<string, Operation<Input, Output>[]>();
  for (const operation of operations) {
    const ofKey = keys.get(operation.key);
    if (ofKey === undefined) keys.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  return keys;
}
