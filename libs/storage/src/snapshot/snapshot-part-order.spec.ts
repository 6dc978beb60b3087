import { MalformedError } from '../errors.js';
import { SNAPSHOT_PART_RECORDS_MAX, STATE_KEY_BYTES_MAX } from '../limits.js';
import { SnapshotPartOrder } from './snapshot-part-order.js';
import { encodePart, type SnapshotPart, type SnapshotRecord } from './snapshot-part.js';

const POINT = { index: 70_000, term: 9 };
const record = (key: string, value = 'v'): SnapshotRecord => [
  Buffer.from(`t\0${key}`),
  Buffer.from(value),
];
const part = (sequence: number, ...keys: string[]): SnapshotPart => ({
  ...POINT,
  sequence,
  content: { kind: 'records', records: keys.map((key) => record(key)) },
});
const end = (sequence: number, recordCount: number): SnapshotPart => ({
  ...POINT,
  sequence,
  content: { kind: 'end', recordCount },
});

describe('SnapshotPartOrder', () => {
  let order: SnapshotPartOrder;
  const accept = (next: SnapshotPart): string[] =>
    order.accept(encodePart(next)).map(([key, value]) => `${key.toString()}=${value.toString()}`);
  const refuse = (next: SnapshotPart | Uint8Array, message: string): void => {
    const bytes = next instanceof Uint8Array ? next : encodePart(next);
    expect(() => order.accept(bytes)).toThrow(MalformedError);
    expect(() => order.accept(bytes)).toThrow(message);
  };

  beforeEach(() => {
    order = new SnapshotPartOrder(POINT);
  });

  it('takes the parts of a snapshot in their order', () => {
    expect(accept(part(0, 'a', 'b'))).toEqual(['t\0a=v', 't\0b=v']);
    expect(accept(part(1, 'c'))).toEqual(['t\0c=v']);
    expect(order.complete).toBe(false);
    expect(accept(end(2, 3))).toEqual([]);
    expect(order.complete).toBe(true);
    refuse(end(3, 3), 'where no more was due');
  });

  it('takes a snapshot without records', () => {
    expect(accept(end(0, 0))).toEqual([]);
    expect(order.complete).toBe(true);
  });

  it('refuses a part that is missing, doubled, moved or of another snapshot, and goes on', () => {
    refuse(part(1, 'b'), 'part 1 of a snapshot where 0 was due');
    accept(part(0, 'a'));
    refuse(part(0, 'a'), 'part 0 of a snapshot where 1 was due');
    refuse({ ...part(1, 'b'), term: 8 }, 'at 70000 of term 8 among those at 70000 of term 9');
    refuse({ ...part(1, 'b'), index: 70_001 }, 'at 70001 of term 9');
    refuse(end(1, 2), 'ends with 2 records and had 1');
    refuse(part(1, 'a'), 'do not ascend');
    refuse(part(1, 'c', 'b'), 'do not ascend');
    refuse(part(1), 'with 0 records');
    accept(part(1, 'b'));
    accept(end(2, 2));
  });

  it('refuses every single flipped bit and every cut', () => {
    const whole = encodePart(part(0, 'a', 'b'));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      refuse(changed, 'fails its checksum');
    }
    for (let bytes = 0; bytes < whole.length; bytes++) {
      refuse(whole.subarray(0, bytes), 'fails its checksum');
    }
    refuse(Buffer.concat([whole, whole]), 'fails its checksum');
    expect(accept(part(0, 'a', 'b'))).toHaveLength(2);
  });

  it('refuses keys that no source has, and parts of too many records', () => {
    const records = (...of: SnapshotRecord[]): SnapshotPart => ({
      ...POINT,
      sequence: 0,
      content: { kind: 'records', records: of },
    });
    const key = (bytes: Uint8Array): SnapshotRecord => [bytes, Buffer.from('v')];
    refuse(records(key(Buffer.from(''))), 'foreign key');
    refuse(records(key(Buffer.from('\0k'))), 'foreign key');
    refuse(records(key(Buffer.from('no table'))), 'foreign key');
    refuse(records(key(Buffer.from([0x74, 0, 0xff]))), 'foreign key');
    refuse(records(record('k'.repeat(STATE_KEY_BYTES_MAX))), 'foreign key');
    const many = Array.from({ length: SNAPSHOT_PART_RECORDS_MAX + 1 }, (_, at) =>
      record(String(at).padStart(5, '0')),
    );
    refuse(records(...many), 'with 1001 records');
    expect(order.accept(encodePart(records(...many.slice(1))))).toHaveLength(1_000);
  });
});
