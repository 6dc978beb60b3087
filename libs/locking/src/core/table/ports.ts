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

/** What every replica knows about the entry it applies. */
export interface EntryContext {
  readonly index: number;
  readonly term: number;
  /** Milliseconds of Unix time, never goes backwards. */
  readonly logTimeMs: number;
}
