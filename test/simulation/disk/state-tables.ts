import type { SnapshotPoint } from '@sinkron/consensus';
import { Digest, DIGEST_SPAN } from '../world/digest.js';

/** A record and its digest; null when it was removed. */
export type StateRecord = { readonly value: Uint8Array; readonly digest: number } | null;
export type Tables = Map<string, Map<string, StateRecord>>;

/** What a disk has of a group: whole entries, up to the applied one. */
export interface StoredState {
  readonly tables: Tables;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  /** Over all records; equal contents give equal digests. */
  readonly digest: number;
  readonly installed: SnapshotPoint | null;
}

export const NOTHING_STORED: StoredState = {
  tables: new Map(),
  appliedIndex: 0,
  appliedTerm: 0,
  digest: 0,
  installed: null,
};

export function tableOf(tables: Tables, name: string): Map<string, StateRecord> {
  let table = tables.get(name);
  if (table === undefined) {
    table = new Map();
    tables.set(name, table);
  }
  return table;
}

export function recordOf(table: string, key: string, value: Uint8Array): NonNullable<StateRecord> {
  const copy = Uint8Array.from(value);
  return { value: copy, digest: new Digest().text(table).text(key).bytes(copy).value };
}

/** The sum of the digests of what changed, in either direction. */
export function changedDigest(sum: number, before: StateRecord, after: StateRecord): number {
  const added = (sum + (after?.digest ?? 0)) % DIGEST_SPAN;
  return (added - (before?.digest ?? 0) + DIGEST_SPAN) % DIGEST_SPAN;
}
