/** A promise of the product that did not hold in a simulation. */
export class Violation extends Error {
  override readonly name = 'Violation';

  /** @param promise what must hold. @param data what was found instead. */
  constructor(
    readonly promise: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${promise} ${JSON.stringify(data)}`);
  }
}

/** @throws Violation unless `holds`. */
export function expectPromise(
  holds: boolean,
  promise: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts holds {
  if (!holds) throw new Violation(promise, data);
}
