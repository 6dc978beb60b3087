/** What is asked of the API; operations by the ids of the OpenAPI document. */
export type OperationId = LockOperationId | QueueOperationId;

export type LockOperationId =
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

export type QueueOperationId =
  | 'configureTopic'
  | 'getTopic'
  | 'createGroup'
  | 'getGroup'
  | 'publishMessages'
  | 'receiveMessages'
  | 'ackMessages'
  | 'nackMessages'
  | 'extendMessages'
  | 'streamMessages'
  | 'listMessages';

interface RequestFields {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Milliseconds that the server may wait for a lock or message before its time for the answer begins. */
  readonly waitMs: number;
}

export interface LockRequest extends RequestFields {
  readonly operation: LockOperationId;
  /** Names of the locks that it is about. */
  readonly locks: readonly string[];
}

export interface QueueRequest extends RequestFields {
  readonly operation: QueueOperationId;
  readonly topic: string;
  /** Null: it is about all groups, or none. */
  readonly group: string | null;
}

export type ApiRequest = LockRequest | QueueRequest;

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
export interface Call<Request extends ApiRequest = ApiRequest> {
  readonly client: string;
  readonly request: Request;
  readonly idempotencyKey: string | null;
  readonly tries: readonly Try[];
  readonly invokedAt: number;
  readonly returnedAt: number;
  readonly outcome: Outcome;
}

export function isLockCall(call: Call): call is Call<LockRequest> {
  return 'locks' in call.request;
}

export function isQueueCall(call: Call): call is Call<QueueRequest> {
  return 'topic' in call.request;
}
