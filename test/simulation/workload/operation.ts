/** What a client wants once; it may take several tries. */
export interface Operation {
  /** Unique in a run. */
  readonly id: number;
  readonly kind: 'acquire' | 'release' | 'renew' | 'renewInMemory' | 'get';
  readonly lock: string;
  /** Its tries share an idempotency key, so that they may go through several nodes. */
  readonly keyed: boolean;
  /** For a release or a renewal. */
  readonly token: number;
  readonly ttlMs: number;
  /** When it was asked for first, virtual microseconds. */
  readonly askedAtUs: number;
  /** The largest token told for the lock before. */
  readonly tokenBefore: number;
  /** The index up to which answers had been given before. */
  readonly answeredIndex: number;
}
