/**
 * Fields of an error that the platform or a native addon threw. Read without `instanceof`: such an
 * error may come from another realm, whose `Error` is not ours.
 */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
