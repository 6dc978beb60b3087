/** Reads one lock; answered by a LockView, or null when it is free and nobody waits. */
export interface GetQuery {
  readonly kind: 'get';
  readonly name: string;
}

/** Reads a page of locks in byte order of names; answered by a LockPage. */
export interface ListQuery {
  readonly kind: 'list';
  readonly prefix: string;
  /** The last name of the page before, or null. */
  readonly after: string | null;
  readonly limit: number;
}

/** Reads one session; answered by a SessionView, or null when there is none. */
export interface SessionQuery {
  readonly kind: 'session';
  readonly sessionId: string;
}

/** Reads a page of sessions in byte order of their ids; answered by a SessionPage. */
export interface SessionsQuery {
  readonly kind: 'sessions';
  /** The last id of the page before, or null. */
  readonly after: string | null;
  readonly limit: number;
}

/** Reads who waits for whom; answered by a WaitForGraph. */
export interface GraphQuery {
  readonly kind: 'graph';
}

/** Reads what happened lately; answered by an EventPage. */
export interface EventsQuery {
  readonly kind: 'events';
  /** The `last` of the page before; null begins now, with what happens from here on. */
  readonly after: string | null;
  /** Only events of locks whose names begin so. */
  readonly prefix: string;
  readonly limit: number;
}

export type LockQuery =
  GetQuery | ListQuery | SessionQuery | SessionsQuery | GraphQuery | EventsQuery;
