/** What a check has found. */
export interface Finding {
  /** The promise, in words. */
  readonly promise: string;
  /** How much was looked at, in words: a check that has seen nothing proves nothing. */
  readonly seen: string;
  /** Empty: it was kept. */
  readonly violations: readonly string[];
  /** Why it was not checked; null: it was. */
  readonly skipped: string | null;
}

export function found(promise: string, seen: string, violations: readonly string[]): Finding {
  return { promise, seen, violations, skipped: null };
}

export function notChecked(promise: string, reason: string): Finding {
  return { promise, seen: '', violations: [], skipped: reason };
}
