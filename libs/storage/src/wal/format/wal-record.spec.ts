import * as fc from 'fast-check';
import type { Change, Table } from '../../environment/environment.js';
import { changesBytes, decodeChanges, encodeChanges } from './change-list.js';
import {
  isTorn,
  readRecordBody,
  readRecordHead,
  RECORD_HEAD_BYTES,
  recordBytes,
  sealWalRecord,
  SECTOR_BYTES,
} from './wal-record.js';

const TABLES = [{ name: 'meta' }, { name: 'entries' }] as unknown as readonly Table[];
const PLACE = { seed: 77, generation: 3, sequence: 2 ** 47 };

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc
    .oneof(
      fc.uint8Array({ maxLength }),
      fc.nat(maxLength).map((length) => new Uint8Array(length)),
    )
    .map((array) => Buffer.from(array));
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    table: fc.constantFrom(...TABLES),
    key: bytes(40),
    value: fc.option(bytes(3_000)),
  }),
  { maxLength: 12 },
);

function record(body: Buffer): Buffer {
  const sealed = Buffer.alloc(recordBytes(body.length), 0xaa);
  body.copy(sealed, RECORD_HEAD_BYTES);
  sealWalRecord(sealed, body.length, PLACE);
  return sealed;
}

function bodyOf(sealed: Buffer): Buffer | 'torn' | 'changed' {
  const head = readRecordHead(sealed, 0, PLACE.seed);
  if (head === undefined) return 'changed';
  const body = readRecordBody(sealed, 0, head, PLACE.seed);
  return body ?? (isTorn(sealed, 0, head) ? 'torn' : 'changed');
}

describe('A list of changes', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const body = Buffer.alloc(changesBytes(list) + 5);
        encodeChanges(list, TABLES, body, 5);
        expect(decodeChanges(body.subarray(5), TABLES)).toEqual(list);
      }),
    );
  });

  it('is not made of any other bytes', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 6 }), (list, cut) => {
        const body = Buffer.alloc(changesBytes(list));
        encodeChanges(list, TABLES, body, 0);
        fc.pre(body.length > 0);
        expect(decodeChanges(body.subarray(0, body.length - cut), TABLES) ?? []).not.toEqual(list);
      }),
    );
    expect(decodeChanges(Buffer.from([9, 0, 0, 0, 0, 0, 0]), TABLES)).toBeUndefined();
    expect(decodeChanges(Buffer.from([1, 0, 9, 0, 0, 0, 0, 1]), TABLES)).toBeUndefined();
  });
});

describe('A record of the write-ahead log', () => {
  it('is whole sectors, and gives its body back', () => {
    fc.assert(
      fc.property(bytes(3_000), (body) => {
        const sealed = record(body);
        expect(sealed.length % SECTOR_BYTES).toBe(0);
        expect(readRecordHead(sealed, 0, PLACE.seed)).toMatchObject({
          generation: 3,
          sequence: 2 ** 47,
          bodyBytes: body.length,
        });
        expect(bodyOf(sealed)).toEqual(body);
        expect(readRecordHead(sealed, 0, PLACE.seed + 1)).toBeUndefined();
      }),
    );
  });

  it('has no bit that can change without being noticed, and such a one is not called torn', () => {
    const sealed = record(Buffer.concat([Buffer.alloc(1_200), Buffer.from('end')]));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(bodyOf(changed)).toBe('changed');
    }
  });

  it.each([0, 1])('is not called torn for one bit, though its sectors have %i bits set', (bits) => {
    const body = Buffer.alloc(2_000);
    for (let at = 700; at < body.length; at += 500) body[at] = bits;
    const sealed = record(body);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const at = bit >> 3;
      const byte = sealed.readUInt8(at);
      sealed.writeUInt8(byte ^ (1 << (bit & 7)), at);
      expect(bodyOf(sealed)).toBe('changed');
      sealed.writeUInt8(byte, at);
    }
    expect(bodyOf(sealed)).toEqual(body);
  });

  it('is torn when any of its later sectors is missing, or its end from any byte on', () => {
    const body = Buffer.alloc(2_300, 7);
    body.fill(0, 500, 1_100);
    const sealed = record(body);
    for (let mask = 1; mask < 2 ** (sealed.length / SECTOR_BYTES); mask += 2) {
      const torn = Buffer.from(sealed);
      for (let at = 0; at < torn.length; at += SECTOR_BYTES) {
        if ((mask & (1 << (at / SECTOR_BYTES))) === 0) torn.fill(0, at, at + SECTOR_BYTES);
      }
      expect(bodyOf(torn)).toEqual(torn.equals(sealed) ? body : 'torn');
    }
    for (let from = RECORD_HEAD_BYTES; from < sealed.length; from++) {
      const cut = Buffer.from(sealed);
      cut.fill(0, from);
      // In its last four bytes, of which a disk writes all or none.
      expect(bodyOf(cut)).toBe(from <= sealed.length - 4 ? 'torn' : 'changed');
    }
  });
});
