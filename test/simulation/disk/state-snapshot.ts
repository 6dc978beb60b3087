import {
  decode,
  encode,
  MalformedError,
  SnapshotExpiredError,
  TupleReader,
  type SnapshotPoint,
  type SnapshotSource,
} from '@sinkron/consensus';
import { changedDigest, recordOf, tableOf, type StoredState, type Tables } from './state-tables.js';

/** One record of a snapshot. */
export type SnapshotRow = readonly [table: string, key: string, value: Uint8Array];

/** All records of a stored state, in one order on every machine. */
export function rowsOf({ tables }: StoredState): SnapshotRow[] {
  const rows: SnapshotRow[] = [];
  for (const [table, records] of tables) {
    for (const [key, record] of records) {
      if (record !== null) rows.push([table, key, record.value]);
    }
  }
  return rows.sort(
    ([leftTable, leftKey], [rightTable, rightKey]) =>
      Buffer.compare(Buffer.from(leftTable), Buffer.from(rightTable)) ||
      Buffer.compare(Buffer.from(leftKey), Buffer.from(rightKey)),
  );
}

/** A picture of the flushed state, in numbered parts; the last one has no records. */
export class StateSource implements SnapshotSource {
  readonly index: number;
  readonly term: number;
  private sequence = 0;
  private ended = false;

  constructor(
    { appliedIndex, appliedTerm }: StoredState,
    private readonly rows: SnapshotRow[],
    private readonly partBytes: number,
    /** Whether the picture has been held for too long. */
    private readonly expired: () => boolean,
  ) {
    this.index = appliedIndex;
    this.term = appliedTerm;
  }

  next(bytesMax: number): Uint8Array | null {
    if (this.expired()) throw new SnapshotExpiredError('held for too long');
    if (this.ended) return null;
    const rows = this.take(Math.min(bytesMax, this.partBytes));
    this.ended = rows.length === 0;
    const part = encode([this.index, this.term, this.sequence, rows]);
    this.sequence += 1;
    return Uint8Array.from(part);
  }

  close(): void {}

  private take(bytesMax: number): readonly SnapshotRow[] {
    let bytes = 0;
    let count = 0;
    for (const [table, key, value] of this.rows) {
      bytes += table.length + key.length + value.byteLength;
      if (count > 0 && bytes > bytesMax) break;
      count += 1;
    }
    return this.rows.splice(0, count);
  }
}

/** Takes the parts of one snapshot in their order, and no others. */
export class StagedState {
  private readonly tables: Tables = new Map();
  private digest = 0;
  private sequence = 0;
  private complete = false;

  constructor(readonly point: SnapshotPoint) {}

  /** Whether something is staged. */
  get begun(): boolean {
    return this.sequence > 0;
  }

  /** @throws MalformedError */
  add(part: Uint8Array): void {
    const reader = new TupleReader(decode(part));
    const place = [reader.natural(), reader.natural(), reader.natural()];
    const due = [this.point.index, this.point.term, this.sequence];
    if (this.complete || place.join() !== due.join()) {
      throw new MalformedError(`part ${place.join()} where ${due.join()} was due`);
    }
    const rows = reader.list();
    this.complete = rows.length === 0;
    this.sequence += 1;
    for (const row of rows) this.put(new TupleReader(row));
  }

  /** @throws MalformedError when parts are missing. */
  finished(): StoredState {
    if (!this.complete) throw new MalformedError('the last part of the snapshot is missing');
    const { tables, digest, point } = this;
    const { index: appliedIndex, term: appliedTerm } = point;
    return { tables, appliedIndex, appliedTerm, digest, installed: point };
  }

  private put(row: TupleReader): void {
    const table = row.text();
    const key = row.text();
    const record = recordOf(table, key, row.bytes());
    this.digest = changedDigest(this.digest, null, record);
    tableOf(this.tables, table).set(key, record);
  }
}
