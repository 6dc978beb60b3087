import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/**
 * A value as it is stored: CRC-32 over key and payload, then the payload. With the key in the sum
 * a record that turns up under another key is found too.
 *
 * @param parts are joined to the payload.
 */
export function sealRecord(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const record = Buffer.allocUnsafe(
    parts.reduce((bytes, part) => bytes + part.length, CHECKSUM_BYTES),
  );
  let at = CHECKSUM_BYTES;
  for (const part of parts) {
    record.set(part, at);
    at += part.length;
  }
  record.writeUInt32BE(crc32(record.subarray(CHECKSUM_BYTES), crc32(key)), 0);
  return record;
}

/** The payload (a view into `record`), or undefined when key or record are not what was sealed. */
export function openRecord(key: Uint8Array, record: Buffer): Buffer | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  const payload = record.subarray(CHECKSUM_BYTES);
  return record.readUInt32BE(0) === crc32(payload, crc32(key)) ? payload : undefined;
}
