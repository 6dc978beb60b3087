/** A disk that a process must not go on with: it stops, as the production node does. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure';

  /**
   * @param kind `error`: what a write came to is unknown until the disk is read again;
   * `corruption`: bytes that were durable are changed, and their checksum tells.
   */
  constructor(
    readonly kind: 'error' | 'corruption',
    what: string,
  ) {
    super(`${kind}: ${what}`);
  }
}
