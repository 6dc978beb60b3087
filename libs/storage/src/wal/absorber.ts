import { openRecord, sealRecord } from '../environment/checked-record.js';
import type { Change, Table } from '../environment/environment.js';
import { WriteLane } from '../environment/write-lane.js';
import { CorruptionError } from '../errors.js';
import { ABSORB_BYTES, ABSORB_CHANGES, ABSORB_INTERVAL_MS } from '../limits.js';
import type { Timers } from '../timers.js';
import type { UnabsorbedChanges } from './unabsorbed-changes.js';

const KEY = Buffer.from('wal');
const SEQUENCE_BYTES = 6;

/** Says in LMDB which record of the write-ahead log is the last that it has. */
export function absorbedChange(table: Table, sequence: number): Change {
  const payload = Buffer.alloc(SEQUENCE_BYTES);
  payload.writeUIntBE(sequence, 0, SEQUENCE_BYTES);
  return { table, key: KEY, value: sealRecord(KEY, payload) };
}

/** @throws CorruptionError when LMDB does not say it. */
export function readAbsorbed(table: Table, path: string): number {
  const record = table.getBinary(KEY);
  const payload = record && openRecord(KEY, record);
  if (payload?.length !== SEQUENCE_BYTES) {
    const what = record === undefined ? 'is missing' : 'fails its checksum';
    throw new CorruptionError(`the place in the write-ahead log that ${path} has reached ${what}`);
  }
  return payload.readUIntBE(0, SEQUENCE_BYTES);
}

/** LMDB, as the write-ahead log needs it. */
export interface AbsorbingStore {
  readonly path: string;
  commit(changes: readonly Change[]): Promise<void>;
  commitSync(changes: readonly Change[]): void;
}

/** What the absorber tells. */
export interface AbsorberEvents {
  /** `sequence` has grown. */
  absorbed(): void;
  /** A commit failed; none follows. */
  failed(error: unknown): void;
}

/** Brings the changes of the write-ahead log into LMDB, many records in one transaction. */
export class Absorber {
  private readonly lane = new WriteLane();
  private cancelTimer: (() => void) | undefined;
  private timerIsUrgent = false;
  private running = false;
  private failure: Error | undefined;

  private readonly changes: UnabsorbedChanges;
  private absorbedSequence: number;

  /**
   * @param table has the record that says how far LMDB is.
   * @param from what there is to absorb, and the last record that LMDB has.
   */
  constructor(
    private readonly store: AbsorbingStore,
    private readonly table: Table,
    from: { readonly changes: UnabsorbedChanges; readonly sequence: number },
    private readonly timers: Timers,
    private readonly events: AbsorberEvents,
  ) {
    this.changes = from.changes;
    this.absorbedSequence = from.sequence;
  }

  /** The last record that LMDB has. */
  get sequence(): number {
    return this.absorbedSequence;
  }

  /** Changes have come: some time later, or as soon as the turn ends when there are many. */
  arm(urgently = false): void {
    const { bytes, count } = this.changes.waiting;
    const urgent = urgently || bytes > ABSORB_BYTES || count > ABSORB_CHANGES;
    if (this.failure || count === 0 || this.running) return;
    if (this.cancelTimer && (this.timerIsUrgent || !urgent)) return;
    this.cancelTimer?.();
    this.timerIsUrgent = urgent;
    this.cancelTimer = this.timers.schedule(urgent ? 0 : ABSORB_INTERVAL_MS, () => {
      this.cancelTimer = undefined;
      this.drain().catch(() => undefined);
    });
  }

  /** Resolves when LMDB has all that there is now. Rejects with the error of a failed commit. */
  drain(): Promise<void> {
    return this.lane.run(() => this.absorb());
  }

  /** Changes that are in no record, behind all that are. */
  async commitBehind(changes: readonly Change[]): Promise<void> {
    await this.lane.run(async () => {
      await this.absorb();
      await this.commit(changes);
    });
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private async absorb(): Promise<void> {
    this.stop();
    if (this.failure) throw this.failure;
    const frozen = this.changes.freeze();
    if (frozen === undefined) return;
    this.running = true;
    await this.commit([...frozen.changes, absorbedChange(this.table, frozen.sequence)]);
    this.running = false;
    this.changes.release();
    this.absorbedSequence = frozen.sequence;
    this.events.absorbed();
  }

  private async commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.store.commit(changes);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.events.failed(error);
      throw error;
    }
  }
}
