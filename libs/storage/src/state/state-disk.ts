import type { Change, Environment, ReadTransaction, Table } from '../environment/environment.js';
import { NameDirectory } from '../environment/name-directory.js';
import { WriteLane } from '../environment/write-lane.js';
import { CorruptionError } from '../errors.js';
import {
  appliedKey,
  decodeApplied,
  decodeInstalled,
  installedKey,
  type AppliedRecord,
  type SnapshotPoint,
} from './group-records.js';
import { ordinalOfKey, ordinalStart } from './state-key.js';

export const STATE_RECORDS_TABLE = 'records';
export const STATE_META_TABLE = 'meta';

/** What the disk has of one group besides its tables. */
export interface FlushedGroup {
  readonly ordinal: number;
  readonly applied: AppliedRecord;
  readonly installed: SnapshotPoint | null;
}

/**
 * The state environment as its writers share it: the records, which ordinal is whose, and one lane
 * for all that writes. Work in the lane never sees other work half done.
 */
export class StateDisk {
  readonly records: Table;
  readonly directory: NameDirectory;
  private readonly lane = new WriteLane();
  private error: Error | undefined;

  /**
   * @param failed is called once, when work fails; from then on none begins.
   * @throws CorruptionError when records belong to nobody.
   */
  constructor(
    private readonly environment: Environment,
    private readonly failed: (error: Error) => void,
  ) {
    this.records = environment.table(STATE_RECORDS_TABLE);
    this.directory = new NameDirectory(environment, STATE_META_TABLE);
    this.checkOrdinals();
  }

  get path(): string {
    return this.environment.path;
  }

  get full(): boolean {
    return this.environment.full;
  }

  /** Why nothing is written any more. */
  get failure(): Error | undefined {
    return this.error;
  }

  /**
   * Runs `work` once all work before it has ended.
   *
   * @returns whether it was done. Never rejects: an error is told to `failed`, and ends the store.
   */
  async write(work: () => Promise<void>): Promise<boolean> {
    if (this.error) return false;
    try {
      return await this.lane.run(async () => {
        if (this.error) return false;
        await work();
        return true;
      });
    } catch (error) {
      this.error ??= error instanceof Error ? error : new Error(String(error));
      this.failed(this.error);
      return false;
    }
  }

  /** For work in the lane: one transaction, on the disk when it resolves. */
  commit(changes: readonly Change[]): Promise<void> {
    return this.environment.commit(changes);
  }

  /** Lets the work that waits end, and takes no more. */
  async close(): Promise<void> {
    await this.lane.run(() => Promise.resolve());
    this.error ??= new Error('the store is closed');
  }

  beginRead(): ReadTransaction {
    return this.environment.beginRead();
  }

  /**
   * A group as the disk has it, or as `transaction` sees it; undefined when it has nothing of it.
   *
   * @throws CorruptionError
   */
  find(group: string, transaction?: ReadTransaction): FlushedGroup | undefined {
    const ordinal = transaction
      ? NameDirectory.ordinalIn(this.environment, STATE_META_TABLE, group, transaction)
      : this.directory.ordinal(group);
    if (ordinal === undefined) return undefined;
    const read = <T>(what: string, key: Buffer, decode: Decoder<T>): T | undefined => {
      const record = this.environment.get(this.records, key, transaction);
      const value = record && decode(key, record);
      if (record !== undefined && value === undefined) {
        throw this.corrupt(group, what, 'fails its checksum');
      }
      return value;
    };
    const applied = read('applied index', appliedKey(ordinal), decodeApplied);
    if (applied === undefined) throw this.corrupt(group, 'applied index', 'is missing');
    const installed = read('installed snapshot', installedKey(ordinal), decodeInstalled) ?? null;
    return { ordinal, applied, installed };
  }

  private corrupt(group: string, what: string, how: string): CorruptionError {
    return new CorruptionError(`the ${what} of group '${group}' in ${this.path} ${how}`);
  }

  /** Looks once at each ordinal that has records. */
  private checkOrdinals(): void {
    let start = 0;
    for (;;) {
      const [key] = this.records.getKeys({ start: ordinalStart(start), limit: 1 });
      if (key === undefined) return;
      const ordinal = ordinalOfKey(key);
      if (!this.directory.lists(ordinal)) {
        throw new CorruptionError(`${this.path} has state of a group that it does not list`);
      }
      start = ordinal + 1;
    }
  }
}

type Decoder<T> = (key: Buffer, record: Buffer) => T | undefined;
