/** The code of a system error (`EEXIST`), or what the thrown value says of itself. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return messageOf(error);
}

/** The message of a thrown value, whichever realm its class is of. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    return String(error.message);
  }
  return String(error);
}
