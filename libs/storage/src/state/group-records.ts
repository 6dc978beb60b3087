import { openRecord, sealRecord } from '../environment/checked-record.js';
import { ordinalStart } from './state-key.js';

/** How far a group's state has come: the last entry whose changes it holds. */
export interface AppliedRecord {
  readonly index: number;
  readonly term: number;
}

const NUMBER_BYTES = 6;

/** The key of a group's applied record, the least of its ordinal. */
export function appliedKey(ordinal: number): Buffer {
  return ordinalStart(ordinal);
}

export function encodeApplied(key: Buffer, applied: AppliedRecord): Buffer {
  const payload = Buffer.allocUnsafe(2 * NUMBER_BYTES);
  payload.writeUIntBE(applied.index, 0, NUMBER_BYTES);
  payload.writeUIntBE(applied.term, NUMBER_BYTES, NUMBER_BYTES);
  return sealRecord(key, payload);
}

/** Undefined when the checksum does not fit. */
export function decodeApplied(key: Buffer, record: Buffer): AppliedRecord | undefined {
  const payload = openRecord(key, record);
  if (payload?.length !== 2 * NUMBER_BYTES) return undefined;
  return {
    index: payload.readUIntBE(0, NUMBER_BYTES),
    term: payload.readUIntBE(NUMBER_BYTES, NUMBER_BYTES),
  };
}

/** The last entry that a snapshot includes: the state is what all entries through it made. */
export interface SnapshotPoint {
  readonly index: number;
  readonly term: number;
  /** The stamp of that entry, milliseconds. */
  readonly timeMs: number;
}

const POINT_BYTES = 2 * NUMBER_BYTES + 8;

/** The key of the record that tells of the last install, between the applied record and the tables. */
export function installedKey(ordinal: number): Buffer {
  return Buffer.concat([ordinalStart(ordinal), Buffer.of(0)]);
}

export function encodeInstalled(key: Buffer, point: SnapshotPoint): Buffer {
  const payload = Buffer.allocUnsafe(POINT_BYTES);
  payload.writeUIntBE(point.index, 0, NUMBER_BYTES);
  payload.writeUIntBE(point.term, NUMBER_BYTES, NUMBER_BYTES);
  payload.writeDoubleBE(point.timeMs, 2 * NUMBER_BYTES);
  return sealRecord(key, payload);
}

/** Undefined when the checksum does not fit. */
export function decodeInstalled(key: Buffer, record: Buffer): SnapshotPoint | undefined {
  const payload = openRecord(key, record);
  if (payload?.length !== POINT_BYTES) return undefined;
  return {
    index: payload.readUIntBE(0, NUMBER_BYTES),
    term: payload.readUIntBE(NUMBER_BYTES, NUMBER_BYTES),
    timeMs: payload.readDoubleBE(2 * NUMBER_BYTES),
  };
}
