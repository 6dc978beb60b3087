export type LockMode = 'exclusive' | 'shared';

/** What a client asks for. */
export type Order =
  | {
      readonly kind: 'acquire';
      readonly sessionId: string | null;
      readonly locks: readonly { readonly name: string; readonly mode: LockMode }[];
      readonly ttlMs: number;
      readonly lockDelayMs: number;
      readonly waitMs: number;
    }
  | { readonly kind: 'release'; readonly locks: readonly HeldLock[] }
  | {
      readonly kind: 'renew';
      readonly locks: readonly HeldLock[];
      /** Null keeps the length. */
      readonly ttlMs: number | null;
    }
  | { readonly kind: 'get'; readonly name: string }
  | { readonly kind: 'break'; readonly name: string }
  | {
      readonly kind: 'create-session';
      readonly sessionId: string;
      readonly ttlMs: number;
      readonly lockDelayMs: number;
    }
  | { readonly kind: 'keep-alive'; readonly sessionId: string }
  | { readonly kind: 'end-session'; readonly sessionId: string };

/** A hold as its client knows it. */
export interface HeldLock {
  readonly name: string;
  readonly token: number;
  readonly mode: LockMode;
  readonly sessionId: string | null;
  readonly ttlMs: number;
}

/** What a client wants once; it may take several tries. */
export interface Operation {
  /** Unique in a run. */
  readonly id: number;
  readonly order: Order;
  /** Its tries share an idempotency key, so that they may go through several nodes. */
  readonly keyed: boolean;
  /** When it was asked for first, virtual microseconds. */
  readonly askedAtUs: number;
  /** The largest token told for each of its locks before. */
  readonly tokensBefore: ReadonlyMap<string, number>;
  /** The index up to which answers had been given before. */
  readonly answeredIndex: number;
}
