import type { Operation, SequentialModel } from '../operation.js';
import { isUnknown } from '../search/search.js';

/** Whether a small history of one object is linearizable: tries every order, and forgets nothing. */
export function linearizableByForce<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
  state: State = model.initial('object'),
): boolean {
  if (operations.every(isUnknown)) return true;
  return operations.some((next) => {
    const left = operations.filter((operation) => operation !== next);
    const late = left.some(
      (other) => !isUnknown(other) && (other.returnedAt ?? 0) < next.invokedAt,
    );
    if (late) return false;
    const output = isUnknown(next) ? null : next.output;
    return model
      .step(state, next.input, output)
      .some((after) => linearizableByForce(left, model, after));
  });
}
