import { invariant } from '@sinkron/invariant';
import { CorruptionError } from '../errors.js';
import { GROUPS_MAX, ORDINALS_MAX } from '../limits.js';
import { openRecord, sealRecord } from './checked-record.js';
import type { Change, Environment, ReadTransaction, Table } from './environment.js';

const KEY = Buffer.from('groups');

/** What the record holds. */
interface Listing {
  readonly groups: readonly (readonly [name: string, ordinal: number])[];
  readonly scrap: readonly number[];
}

/**
 * Group names to the ordinals that stand for them in keys, and the ordinals that are _scrap_: their
 * records count for nothing and are removed bit by bit (state that was replaced, or is only staged).
 *
 * All of it shares one record: either it is there and whole, or the loss is noticed. What changes
 * here is stored by the caller, with `record`, in the transaction that relies on it.
 *
 * Invariant: an ordinal belongs to one group, or is scrap, or is free.
 */
export class NameDirectory {
  private readonly ordinals = new Map<string, number>();
  private readonly scrapped = new Set<number>();
  /** All ordinals that are not free. */
  private readonly taken = new Set<number>();
  private readonly table: Table;

  /** @throws CorruptionError */
  constructor(environment: Environment, tableName: string) {
    this.table = environment.table(tableName);
    const { groups, scrap } = readListing(environment, this.table);
    for (const [name, ordinal] of groups) this.ordinals.set(name, ordinal);
    for (const ordinal of scrap) this.scrapped.add(ordinal);
    for (const ordinal of [...this.ordinals.values(), ...scrap]) this.taken.add(ordinal);
    if (this.taken.size !== groups.length + scrap.length || this.ordinals.size !== groups.length) {
      throw new CorruptionError(`the list of groups in ${environment.path} contradicts itself`);
    }
  }

  /**
   * The ordinal of a group as a read transaction sees it; undefined when it has none there.
   *
   * @throws CorruptionError
   */
  static ordinalIn(
    environment: Environment,
    tableName: string,
    name: string,
    transaction: ReadTransaction,
  ): number | undefined {
    const { groups } = readListing(environment, environment.table(tableName), transaction);
    return groups.find(([group]) => group === name)?.[1];
  }

  get names(): readonly string[] {
    return [...this.ordinals.keys()];
  }

  entries(): IterableIterator<[name: string, ordinal: number]> {
    return this.ordinals.entries();
  }

  get scrap(): readonly number[] {
    return [...this.scrapped];
  }

  ordinal(name: string): number | undefined {
    return this.ordinals.get(name);
  }

  /** Whether records of this ordinal may be there. */
  lists(ordinal: number): boolean {
    return this.taken.has(ordinal);
  }

  add(name: string): number {
    invariant(!this.ordinals.has(name), 'NameDirectory: a name is added once', { name });
    this.checkRoom(name);
    const ordinal = this.takeFree();
    this.ordinals.set(name, ordinal);
    return ordinal;
  }

  /** Takes an ordinal that is scrap unless `assign` gives it to a group. */
  stage(): number {
    const ordinal = this.takeFree();
    this.scrapped.add(ordinal);
    return ordinal;
  }

  /** Gives a staged ordinal to a group. @returns the one it had, which is scrap now. */
  assign(name: string, staged: number): number | undefined {
    invariant(this.scrapped.has(staged), 'NameDirectory: the ordinal is staged', { name, staged });
    const replaced = this.ordinals.get(name);
    this.checkRoom(name);
    this.ordinals.set(name, staged);
    this.scrapped.delete(staged);
    if (replaced !== undefined) this.scrapped.add(replaced);
    return replaced;
  }

  /** Frees an ordinal that has no records any more. */
  free(ordinal: number): void {
    invariant(this.scrapped.delete(ordinal), 'NameDirectory: only scrap is freed', { ordinal });
    this.taken.delete(ordinal);
  }

  /** The change that stores all of it as it is now. */
  record(): Change {
    const listing: Listing = { groups: [...this.ordinals], scrap: [...this.scrapped] };
    const value = sealRecord(KEY, Buffer.from(JSON.stringify(listing), 'utf8'));
    return { table: this.table, key: KEY, value };
  }

  private checkRoom(name: string): void {
    const fits = this.ordinals.has(name) || this.ordinals.size < GROUPS_MAX;
    invariant(fits, 'NameDirectory: names <= GROUPS_MAX', { name });
  }

  private takeFree(): number {
    let ordinal = 0;
    while (this.taken.has(ordinal)) ordinal++;
    invariant(ordinal < ORDINALS_MAX, 'NameDirectory: ordinal < ORDINALS_MAX', { ordinal });
    this.taken.add(ordinal);
    return ordinal;
  }
}

function readListing(
  environment: Environment,
  table: Table,
  transaction?: ReadTransaction,
): Listing {
  const record = environment.get(table, KEY, transaction);
  if (record === undefined) return { groups: [], scrap: [] };
  const payload = openRecord(KEY, record);
  const listing: unknown = payload && JSON.parse(payload.toString('utf8'));
  if (!isListing(listing)) {
    throw new CorruptionError(`the list of groups in ${environment.path} fails its checksum`);
  }
  return listing;
}

function isListing(value: unknown): value is Listing {
  return (
    typeof value === 'object' &&
    value !== null &&
    'groups' in value &&
    'scrap' in value &&
    Array.isArray(value.groups) &&
    value.groups.every(isGroup) &&
    Array.isArray(value.scrap) &&
    value.scrap.every(isOrdinal)
  );
}

function isGroup(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'string' &&
    isOrdinal(value[1])
  );
}

function isOrdinal(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < ORDINALS_MAX;
}
