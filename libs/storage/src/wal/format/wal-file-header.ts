import { openRecord, sealRecord } from '../../environment/checked-record.js';
import { SECTOR_BYTES } from './wal-record.js';

/** What a file of the write-ahead log says of itself, in its first sector. */
export interface WalFileHeader {
  /** The folder it belongs to, 32 hexadecimal digits. */
  readonly replicaId: string;
  /** Differs each time a file is used, and grows: it tells which file is older. */
  readonly generation: number;
  /** How long the file is. */
  readonly fileBytes: number;
}

const KEY = Buffer.from('sinkron write-ahead log');
const REPLICA_BYTES = 16;
const NUMBER_BYTES = 6;
const HEADER_BYTES = REPLICA_BYTES + 2 * NUMBER_BYTES;

/** One sector, so that it is never half the old and half the new one. */
export function encodeFileHeader(header: WalFileHeader): Buffer {
  const payload = Buffer.alloc(HEADER_BYTES);
  payload.write(header.replicaId, 'hex');
  payload.writeUIntBE(header.generation, REPLICA_BYTES, NUMBER_BYTES);
  payload.writeUIntBE(header.fileBytes, REPLICA_BYTES + NUMBER_BYTES, NUMBER_BYTES);
  const sector = Buffer.alloc(SECTOR_BYTES);
  sealRecord(KEY, payload).copy(sector);
  return sector;
}

/** Undefined when the checksum does not fit. */
export function decodeFileHeader(sector: Buffer): WalFileHeader | undefined {
  const payload = openRecord(KEY, sector.subarray(0, 4 + HEADER_BYTES));
  if (payload?.length !== HEADER_BYTES) return undefined;
  return {
    replicaId: payload.toString('hex', 0, REPLICA_BYTES),
    generation: payload.readUIntBE(REPLICA_BYTES, NUMBER_BYTES),
    fileBytes: payload.readUIntBE(REPLICA_BYTES + NUMBER_BYTES, NUMBER_BYTES),
  };
}
