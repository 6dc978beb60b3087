/**
 * A condition the code relies on did not hold.
 *
 * It is never caught and answered: the node that finds it can no longer trust its own state,
 * so it logs the data and stops (fail-stop), and its peers go on without it.
 */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';

  constructor(
    message: string,
    readonly data: Readonly<Record<string, unknown>>,
  ) {
    super(`${message} ${JSON.stringify(data, jsonSafe)}`);
  }
}

/**
 * Asserts what must hold, in production too.
 *
 * @param message names the class and the relation, for example `Progress: matchIndex < nextIndex`.
 * @param data the values involved, for the log of the stopped node.
 * @throws InvariantViolation
 */
export function invariant(
  condition: boolean,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (!condition) throw new InvariantViolation(message, data);
}

/** Marks a branch that the types exclude; reaching it is a broken invariant. */
export function unreachable(value: never): never {
  throw new InvariantViolation('unreachable variant', { value });
}

function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
