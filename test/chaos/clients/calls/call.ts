/** What is asked of the API; operations by the ids of the OpenAPI document. */
export type OperationId =
  | 'acquireLock'
  | 'releaseLock'
  | 'renewLock'
  | 'acquireMultiLock'
  | 'releaseMultiLock'
  | 'getLock'
  | 'listLocks'
  | 'breakLock'
  | 'createSession'
  | 'keepSessionAlive'
  | 'deleteSession'
  | 'getWaitForGraph';

export interface ApiRequest {
  readonly operation: OperationId;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Milliseconds that the server may wait for a lock before its time for the answer begins. */
  readonly waitMs: number;
  /** Names of the locks that it is about. */
  readonly locks: readonly string[];
}

/** One HTTP exchange. Times are milliseconds since the start of the run. */
export interface Try {
  readonly node: string;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly result: TryResult;
}

export type TryResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Of a problem; null for an answer that is none. */
      readonly code: string | null;
      readonly body: unknown;
      readonly replayed: boolean;
    }
  /** No connection: the request was not sent. */
  | { readonly kind: 'unreachable'; readonly error: string }
  /** It was sent, and no answer came. */
  | { readonly kind: 'lost'; readonly error: string };

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly code: string | null;
      readonly body: unknown;
    }
  /** It did not happen, and will not. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may have happened, or happen yet. */
  | { readonly kind: 'unknown' };

/** A request as its client sees it: one, or several tries under one Idempotency-Key. */
export interface Call {
  readonly client: string;
  readonly request: ApiRequest;
  readonly idempotencyKey: string | null;
  readonly tries: readonly Try[];
  readonly invokedAt: number;
  readonly returnedAt: number;
  readonly outcome: Outcome;
}
