/** What a peer's handler threw. */
export interface RemoteError {
  /** Its `code`, or `INTERNAL` when it had none, or `UNKNOWN_METHOD` when there is no handler. */
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * - `NOT_SENT`: the request certainly never reached the peer's handler; it may be tried again.
 * - `OUTCOME_UNKNOWN`: it was sent, and whether it took effect is not known.
 * - `REMOTE`: the handler ran and threw `remote`.
 */
export type TransportErrorCode = 'NOT_SENT' | 'OUTCOME_UNKNOWN' | 'REMOTE';

/** Why a request has no reply. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly remote?: RemoteError;

  private constructor(
    readonly code: TransportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static notSent(message: string, options?: ErrorOptions): TransportError {
    return new TransportError('NOT_SENT', message, options);
  }

  static outcomeUnknown(message: string, options?: ErrorOptions): TransportError {
    return new TransportError('OUTCOME_UNKNOWN', message, options);
  }

  static fromRemote(remote: RemoteError): TransportError {
    const error = new TransportError('REMOTE', `${remote.code}: ${remote.message}`);
    return Object.assign(error, { remote });
  }
}
