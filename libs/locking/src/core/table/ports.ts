import type { LockEffect } from '../commands/lock-effect.js';
import type { LockResult } from '../commands/lock-result.js';

/** The part of a replicated machine's tables that a lock table uses; keys in UTF-8 byte order. */
export interface RecordTables {
  get(table: string, key: string): Uint8Array | undefined;
  put(table: string, key: string, value: Uint8Array): void;
  remove(table: string, key: string): void;
  range(table: string, from?: string): IterableIterator<readonly [key: string, value: Uint8Array]>;
}

/** Turns records into bytes and back: plain objects, arrays, strings, numbers and null. */
export interface RecordCodec {
  encode(record: unknown): Uint8Array;
  /** The value is as untrusted as the bytes are. */
  decode(bytes: Uint8Array): unknown;
}

/** An Idempotency-Key with its principal, and what the request asked for. */
export interface IdempotentRequest {
  readonly scope: string;
  readonly fingerprint: string;
}

/** What every replica knows about the entry it applies. */
export interface TableContext {
  readonly index: number;
  readonly term: number;
  /** Milliseconds of Unix time, never goes backwards. */
  readonly logTimeMs: number;
  /** Who sent the command; null for the leader's own. */
  readonly proposer: string | null;
  readonly idempotency: IdempotentRequest | null;
}

/** The answer to an earlier command, whose wait has come to its end now. */
export interface Settled {
  readonly request: IdempotentRequest;
  readonly result: LockResult;
}

/** What one command did. */
export interface Transition<Result extends LockResult = LockResult> {
  readonly result: Result;
  /** Whether an Idempotency-Key remembers the result; a refusal for now is asked again. */
  readonly remember: boolean;
  readonly settled: readonly Settled[];
  readonly effects: readonly LockEffect[];
}
