export type LockMode = 'exclusive' | 'shared';

export interface AcquireRequest {
  readonly name: string;
  readonly owner: string;
  readonly mode: LockMode;
  /** Milliseconds to wait while others hold the lock; 0: fail at once. */
  readonly waitMs: number;
}

/** A lock that a client holds, as it must show it to release or renew it. */
export interface HeldLock {
  readonly name: string;
  readonly owner: string;
  /** 0 where the system has none. */
  readonly token: number;
  /** What a peer's client needs besides. */
  readonly handle: unknown;
}

/** One user of a lock service; every call throws when it did not succeed. */
export interface LockClient {
  acquire(request: AcquireRequest): Promise<HeldLock>;
  release(held: HeldLock): Promise<void>;
  renew(held: HeldLock): Promise<void>;
  close(): Promise<void>;
}

/** Where the load goes. */
export type LoadTarget =
  /** @property urls of all nodes, without a slash at the end. */
  | { readonly kind: 'sinkron'; readonly urls: readonly string[] }
  /** @property moduleFile of bench/peers; endpoints as host:port. */
  | { readonly kind: 'peer'; readonly moduleFile: string; readonly endpoints: readonly string[] };

/** How an operation failed, by a code that is counted. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';

  constructor(
    readonly code: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** The code under which an error is counted. */
export function failureCode(error: unknown): string {
  if (error instanceof LoadFailure) return error.code;
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.constructor.name;
}
