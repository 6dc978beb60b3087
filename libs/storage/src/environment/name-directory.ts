import { invariant } from '@sinkron/invariant';
import { CorruptionError } from '../errors.js';
import { GROUPS_MAX } from '../limits.js';
import { openRecord, sealRecord } from './checked-record.js';
import type { Change, Environment, Table } from './environment.js';

const KEY = Buffer.from('groups');

/**
 * Group names to the ordinals that stand for them in keys; a name keeps its ordinal for ever.
 *
 * All names share one record: either it is there and whole, or the loss is noticed.
 */
export class NameDirectory {
  private readonly ordinals = new Map<string, number>();
  private readonly table: Table;

  /** @throws CorruptionError */
  constructor(environment: Environment, tableName: string) {
    this.table = environment.table(tableName);
    const record = this.table.getBinary(KEY);
    if (record === undefined) return;
    const payload = openRecord(KEY, record);
    const names: unknown = payload && JSON.parse(payload.toString('utf8'));
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
      throw new CorruptionError(`the list of groups in ${environment.path} fails its checksum`);
    }
    names.forEach((name, ordinal) => this.ordinals.set(name, ordinal));
  }

  get names(): readonly string[] {
    return [...this.ordinals.keys()];
  }

  ordinal(name: string): number | undefined {
    return this.ordinals.get(name);
  }

  /** The caller stores `record` in the transaction that first uses the ordinal. */
  add(name: string): number {
    const ordinal = this.ordinals.size;
    invariant(!this.ordinals.has(name), 'NameDirectory: a name is added once', { name });
    invariant(ordinal < GROUPS_MAX, 'NameDirectory: ordinal < GROUPS_MAX', { name, ordinal });
    this.ordinals.set(name, ordinal);
    return ordinal;
  }

  /** The change that stores all names added so far. */
  record(): Change {
    const value = sealRecord(KEY, Buffer.from(JSON.stringify(this.names), 'utf8'));
    return { table: this.table, key: KEY, value };
  }
}
