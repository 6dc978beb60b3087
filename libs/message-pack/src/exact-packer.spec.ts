import { Packr, RESERVE_START_SPACE, unpack, type Options } from 'msgpackr';
import { ExactPacker } from './exact-packer.js';

const OPTIONS: Options = { useRecords: false };

const packer = new ExactPacker(OPTIONS);

describe('ExactPacker', () => {
  it.each([
    ['a number', 7],
    ['a record', { name: 'a', sizes: [1, 2, 3], bytes: Buffer.from('abc') }],
    ['a value as long as the scratch buffer', Buffer.alloc(2 * 1024 * 1024, 1)],
    ['a value that no scratch buffer holds', { text: 'x'.repeat(3_000_000) }],
  ])('packs %s into the bytes that msgpackr makes of it', (_name, value) => {
    expect(packer.pack(value).equals(new Packr(OPTIONS).pack(value))).toBe(true);
  });

  it('gives bytes that the next value does not change', () => {
    const first = packer.pack({ text: 'first' });
    const large = packer.pack(Buffer.alloc(1_000_000, 1));
    packer.pack({ text: 'other' });
    packer.pack(Buffer.alloc(1_000_000, 2));
    expect(unpack(first)).toEqual({ text: 'first' });
    expect(unpack(large)).toEqual(Buffer.alloc(1_000_000, 1));
  });

  it('keeps no more memory alive for a small value than a slab of the pool of Node.js', () => {
    packer.pack(Buffer.alloc(1_000_000));
    expect(packer.pack({ small: true }).buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it('keeps no more memory alive for a large value than it has bytes', () => {
    const packed = packer.pack(Buffer.alloc(100_000));
    expect(packed.buffer.byteLength).toBe(packed.length);
  });

  it('leaves reserved bytes in front', () => {
    const packed = packer.pack('text', RESERVE_START_SPACE | 4);
    expect(unpack(packed.subarray(4))).toBe('text');
  });

  it('refuses a value that packs another one while it is packed', () => {
    const nested = {
      get bytes(): Buffer {
        return packer.pack('inner');
      },
    };
    expect(() => packer.pack(nested)).toThrow('no value packs another');
    expect(unpack(packer.pack('next'))).toBe('next');
  });

  it('goes on after a value that cannot be packed', () => {
    const unpackable = {
      get broken(): never {
        throw new Error('cannot be read');
      },
    };
    expect(() => packer.pack(unpackable)).toThrow('cannot be read');
    expect(unpack(packer.pack([1, 2]))).toEqual([1, 2]);
  });
});
