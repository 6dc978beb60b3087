import { openRecord, sealRecord } from '../environment/checked-record.js';

/** What a replica must not forget before it speaks (Raft §5.1, Figure 2). */
export interface HardStateRecord {
  readonly term: number;
  /** The candidate this replica voted for in `term`. */
  readonly votedFor: string | null;
}

/**
 * A group's record at index 0. It is written with every change, so that it says which entries must
 * be there: a lost last entry is a gap like any other.
 *
 * Invariant: baseIndex <= lastIndex; exactly the entries in (baseIndex, lastIndex] are stored.
 */
export interface GroupHeader {
  readonly hardState: HardStateRecord;
  /** The last entry that compaction removed, 0 when none. */
  readonly baseIndex: number;
  readonly baseTerm: number;
  /** The log time of that entry, milliseconds, 0 when none. */
  readonly baseTimeMs: number;
  readonly lastIndex: number;
}

export const EMPTY_HEADER: GroupHeader = {
  hardState: { term: 0, votedFor: null },
  baseIndex: 0,
  baseTerm: 0,
  baseTimeMs: 0,
  lastIndex: 0,
};

const NUMBER_BYTES = 6;
const NUMBERS = 4;
const TIME_AT = NUMBERS * NUMBER_BYTES;
const VOTED_AT = TIME_AT + 8;
/** The numbers, `baseTimeMs` (a double), 0 or 1 for `votedFor`, then its UTF-8 bytes. */
const FIXED_BYTES = VOTED_AT + 1;

export function encodeHeader(key: Buffer, header: GroupHeader): Buffer {
  const { term, votedFor } = header.hardState;
  const fixed = Buffer.allocUnsafe(FIXED_BYTES);
  [term, header.baseIndex, header.baseTerm, header.lastIndex].forEach((value, at) =>
    fixed.writeUIntBE(value, at * NUMBER_BYTES, NUMBER_BYTES),
  );
  fixed.writeDoubleBE(header.baseTimeMs, TIME_AT);
  fixed.writeUInt8(votedFor === null ? 0 : 1, VOTED_AT);
  return sealRecord(key, fixed, Buffer.from(votedFor ?? '', 'utf8'));
}

/** Undefined when the checksum does not fit. */
export function decodeHeader(key: Buffer, record: Buffer): GroupHeader | undefined {
  const payload = openRecord(key, record);
  if (payload === undefined || payload.length < FIXED_BYTES) return undefined;
  const number = (at: number): number => payload.readUIntBE(at * NUMBER_BYTES, NUMBER_BYTES);
  const voted = payload.readUInt8(VOTED_AT) === 1;
  return {
    hardState: {
      term: number(0),
      votedFor: voted ? payload.toString('utf8', FIXED_BYTES) : null,
    },
    baseIndex: number(1),
    baseTerm: number(2),
    baseTimeMs: payload.readDoubleBE(TIME_AT),
    lastIndex: number(3),
  };
}
