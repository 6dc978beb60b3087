/** A snapshot was read for too long: it held back the reuse of pages, and has to start again. */
export class SnapshotExpiredError extends Error {
  override readonly name = 'SnapshotExpiredError';
}
