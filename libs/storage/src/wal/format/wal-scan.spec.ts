import { CorruptionError } from '../../errors.js';
import { RECORD_HEAD_BYTES, recordBytes, sealWalRecord, SECTOR_BYTES } from './wal-record.js';
import { RECORDS_AT, scanRecords, type Scan } from './wal-scan.js';

const FILE = { path: '/data/log/wal-1', generation: 5, seed: 99 };
const FILE_BYTES = RECORDS_AT + 16 * SECTOR_BYTES;

/** Bodies of one, three and two sectors. */
const BODIES = [Buffer.from('first'), Buffer.alloc(1_200, 2), Buffer.alloc(700, 3)];
const LAST = BODIES.length - 1;

function write(file: Buffer, at: number, body: Buffer, sequence: number, generation = 5): number {
  const record = file.subarray(at, at + recordBytes(body.length));
  body.copy(record, RECORD_HEAD_BYTES);
  sealWalRecord(record, body.length, { ...FILE, generation, sequence });
  return at + record.length;
}

/** A file with the records 11, 12 and 13, and where each begins. */
function written(): { file: Buffer; starts: number[]; end: number } {
  const file = Buffer.alloc(FILE_BYTES);
  const starts: number[] = [];
  let at = RECORDS_AT;
  BODIES.forEach((body, index) => {
    starts.push(at);
    at = write(file, at, body, 11 + index);
  });
  return { file, starts, end: at };
}

/** What is found, or why it is refused. */
function scanned(file: Buffer): { sequences: number[]; end: number; torn: boolean } | string {
  let scan: Scan;
  try {
    scan = scanRecords(file, FILE);
  } catch (error) {
    if (error instanceof CorruptionError) return error.message;
    throw error;
  }
  scan.records.forEach(({ body }, index) => expect(body).toEqual(BODIES[index]));
  return {
    sequences: scan.records.map(({ sequence }) => sequence),
    end: scan.end,
    torn: scan.torn,
  };
}

describe('scanRecords', () => {
  it('finds all records, in an empty file none, in a full file no room', () => {
    const { file, end } = written();
    expect(scanned(file)).toEqual({ sequences: [11, 12, 13], end, torn: false });
    expect(scanned(Buffer.alloc(FILE_BYTES))).toEqual({
      sequences: [],
      end: RECORDS_AT,
      torn: false,
    });
    expect(scanned(file.subarray(0, end))).toEqual({ sequences: [11, 12, 13], end, torn: false });
  });

  it('leaves out the last record when any of its sectors was not written, and says so', () => {
    const { file, starts, end } = written();
    const start = starts[LAST] ?? 0;
    const sectors = (end - start) / SECTOR_BYTES;
    for (let mask = 0; mask < 2 ** sectors - 1; mask++) {
      const torn = Buffer.from(file);
      for (let sector = 0; sector < sectors; sector++) {
        const at = start + sector * SECTOR_BYTES;
        if ((mask & (1 << sector)) === 0) torn.fill(0, at, at + SECTOR_BYTES);
      }
      expect(scanned(torn)).toEqual({ sequences: [11, 12], end: start, torn: mask !== 0 });
    }
  });

  it('leaves out the last record when it ends in zeros from any byte on', () => {
    const { file, starts, end } = written();
    const start = starts[LAST] ?? 0;
    for (let from = start; from <= end - 4; from++) {
      const torn = Buffer.from(file);
      torn.fill(0, from, end);
      const found = scanned(torn);
      // A head of which only a part is there is no sector that a disk has written.
      if (from > start && from < start + RECORD_HEAD_BYTES) {
        expect(found).toContain(
          `the record at byte ${start} of /data/log/wal-1 fails its checksum`,
        );
      } else {
        expect(found).toEqual({ sequences: [11, 12], end: start, torn: from > start });
      }
    }
  });

  it('refuses any changed bit of any record, the last one included', () => {
    const { file, starts, end } = written();
    for (let at = RECORDS_AT; at < end; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const start = starts.findLast((from) => from <= at);
      expect(scanned(changed)).toContain(
        `the record at byte ${start} of /data/log/wal-1 fails its`,
      );
    }
  });

  it('refuses a record that is gone or torn while a later one is there', () => {
    const { file, starts } = written();
    for (let index = 0; index < LAST; index++) {
      const [from = 0, to = 0] = [starts[index], starts[index + 1]];
      const gone = Buffer.from(file);
      gone.fill(0, from, to);
      expect(scanned(gone)).toContain(
        `byte ${from} of /data/log/wal-1 is gone, and another follows`,
      );
      for (let at = from; at < to; at += SECTOR_BYTES) {
        const torn = Buffer.from(file);
        torn.fill(0, at, at + SECTOR_BYTES);
        expect(scanned(torn)).toMatch(/is gone, and another follows|is not the last|checksum/);
      }
    }
  });

  it('refuses a record of another time, a number left out, and garbage behind the end', () => {
    const other = 'is not the one that was written there';
    const { file, end } = written();
    const old = Buffer.from(file);
    write(old, end, Buffer.from('x'), 14, 4);
    expect(scanned(old)).toContain(other);
    const skipped = Buffer.from(file);
    write(skipped, end, Buffer.from('x'), 15);
    expect(scanned(skipped)).toContain(other);
    const garbage = Buffer.from(file);
    garbage.fill(0xee, end, end + 10);
    expect(scanned(garbage)).toContain(`byte ${end} of /data/log/wal-1 fails its checksum`);
    const long = Buffer.from(file.subarray(0, end + SECTOR_BYTES));
    write(Buffer.alloc(FILE_BYTES), 0, Buffer.alloc(900), 14);
    const record = Buffer.alloc(2 * SECTOR_BYTES);
    write(record, 0, Buffer.alloc(900), 14);
    record.copy(long, end);
    expect(scanned(long)).toContain(other);
  });
});
