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

/** What has to come to an end begins so: such a promise ends every run. */
const LIVENESS = 'Liveness';

let watched = true;

/** @throws Violation unless `holds`. */
export function expectPromise(
  holds: boolean,
  promise: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts holds {
  if (!holds && (watched || promise.startsWith(LIVENESS))) throw new Violation(promise, data);
}

/** Runs as if every promise of safety held: to see whether something else finds that it does not. */
export function unwatched<Result>(run: () => Result): Result {
  watched = false;
  try {
    return run();
  } finally {
    watched = true;
  }
}
