/** Stops the process when it can no longer trust itself: a broken invariant, a failed flush. */
export interface Fatal {
  stop(reason: string, error: unknown): void;
}

export const FATAL: unique symbol = Symbol('FATAL');
