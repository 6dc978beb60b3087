interface Problem {
  readonly status: number;
  readonly title: string;
}

/** Every refusal that an answer can carry: its stable code, HTTP status and short title. */
export const PROBLEMS = {
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'The caller is not known' },
  FORBIDDEN: { status: 403, title: 'The caller may not do this' },
  FAULT_INJECTION_DISABLED: { status: 403, title: 'Fault injection is off' },
  LOCK_NOT_FOUND: { status: 404, title: 'The lock is free and nobody waits for it' },
  SESSION_NOT_FOUND: { status: 404, title: 'There is no such session' },
  TOPIC_NOT_FOUND: { status: 404, title: 'There is no such topic' },
  GROUP_NOT_FOUND: { status: 404, title: 'There is no such consumer group' },
  MESSAGE_NOT_FOUND: { status: 404, title: 'There is no such message' },
  CACHE_NOT_FOUND: { status: 404, title: 'There is no such cache' },
  KEY_NOT_FOUND: { status: 404, title: 'The key has no value' },
  ENTRY_NOT_FOUND: { status: 404, title: 'There is no such ledger entry' },
  MEMBER_NOT_FOUND: { status: 404, title: 'There is no such member' },
  RAFT_GROUP_NOT_FOUND: { status: 404, title: 'There is no such replicated group' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is nothing at this path' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not take this method' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request came too slowly' },
  LOCK_HELD: { status: 409, title: 'The lock is held' },
  LOCK_WAIT_TIMEOUT: { status: 409, title: 'The lock was not free within waitMs' },
  DEADLOCK: { status: 409, title: 'Waiting would close a cycle' },
  NOT_HOLDER: { status: 409, title: 'The caller does not hold the lock' },
  CONFIGURATION_CONFLICT: { status: 409, title: 'The configuration cannot become this' },
  MEMBERSHIP_REFUSED: { status: 409, title: 'The members cannot become these' },
  REQUEST_REPLAYED: { status: 409, title: 'The request was executed before' },
  VERSION_MISMATCH: { status: 412, title: 'The value has another version' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The URL is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is of the wrong type' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The key belongs to another request' },
  SIGNATURE_INVALID: { status: 422, title: 'The signature does not fit' },
  QUEUE_FULL: { status: 429, title: 'The topic is full' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'An error in Sinkron' },
  NO_LEADER: { status: 503, title: 'The group has no leader' },
  OVERLOADED: { status: 503, title: 'The node has too much to do' },
  SHUTTING_DOWN: { status: 503, title: 'The node is stopping' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store does not answer' },
  LEASE_LOST: { status: 503, title: 'The node has lost its lease' },
  ROLE_ABSENT: { status: 503, title: 'No node has the role' },
  NO_QUORUM: { status: 503, title: 'Too few replicas answer' },
  LEDGER_TOO_SMALL: { status: 503, title: 'The ledger has too few replicas' },
  OUTCOME_UNKNOWN: { status: 504, title: 'The write may or may not have happened' },
  STORAGE_FULL: { status: 507, title: 'The disk is full' },
} as const satisfies Record<string, Problem>;

/** A stable code, for programs; texts may change. */
export type ProblemCode = keyof typeof PROBLEMS;
