import { InvariantViolation } from '@sinkron/invariant';

/**
 * Lets a broken invariant stop the node although it was thrown where Nest, RxJS or a promise would
 * catch it: it is thrown again from the event loop itself.
 *
 * @returns whether `error` was one.
 */
export function stopOnViolation(error: unknown): boolean {
  if (!(error instanceof InvariantViolation)) return false;
  setImmediate(() => {
    throw error;
  });
  return true;
}
