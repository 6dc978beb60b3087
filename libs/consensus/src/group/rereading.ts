/**
 * Reads tables into a memory of its own, a record a step, so that others get their turns in between.
 * What it returns puts that memory in the place of the present one.
 */
export type Rereading = Generator<undefined, () => void>;

/** All of it in one turn, as at start. */
export function readAtOnce(rereading: Rereading): void {
  let step = rereading.next();
  while (step.done !== true) step = rereading.next();
  step.value();
}
