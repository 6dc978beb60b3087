import fc from 'fast-check';
import { FrameDecoder, LENGTH_BYTES } from './frame-decoder.js';
import { FrameError } from './frame-error.js';

const LIMIT = 64;

function framed(body: Uint8Array): Buffer {
  const header = Buffer.alloc(LENGTH_BYTES);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

/** Cuts bytes at the given places, which repeat until the bytes are used up. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    chunks.push(bytes.subarray(start, start + length));
    start += length;
  }
  return chunks;
}

function decode(decoder: FrameDecoder, chunks: readonly Buffer[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk, (frame) => frames.push(frame.toString('hex')));
  }
  return frames;
}

const body = fc.uint8Array({ minLength: 1, maxLength: LIMIT });
const chunkLengths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 10 });

// The same values in every run: a failure must be repeatable.
fc.configureGlobal({ seed: 20_240_817 });

describe('FrameDecoder', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(body), chunkLengths, (bodies, lengths) => {
        const decoder = new FrameDecoder(LIMIT);
        const chunks = cut(Buffer.concat(bodies.map(framed)), lengths);
        expect(decode(decoder, chunks)).toEqual(
          bodies.map((bytes) => Buffer.from(bytes).toString('hex')),
        );
        expect(decoder.incomplete).toBe(false);
      }),
    );
  });

  it('delivers nothing of a frame that is cut off, and says so', () => {
    fc.assert(
      fc.property(body, chunkLengths, fc.nat(), (bytes, lengths, seed) => {
        const whole = framed(bytes);
        const part = whole.subarray(0, 1 + (seed % (whole.length - 1)));
        const decoder = new FrameDecoder(LIMIT);
        expect(decode(decoder, cut(part, lengths))).toEqual([]);
        expect(decoder.incomplete).toBe(true);
      }),
    );
  });

  it('never delivers more than the limit of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), chunkLengths, (bytes, lengths) => {
        const decoder = new FrameDecoder(LIMIT);
        try {
          const frames = decode(decoder, cut(Buffer.from(bytes), lengths));
          for (const frame of frames) expect(frame.length / 2).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it('refuses a length of zero and above the limit as soon as it is read', () => {
    const decoder = new FrameDecoder(LIMIT);
    const header = Buffer.alloc(LENGTH_BYTES);
    expect(() => decoder.push(header, () => {})).toThrow('a frame is never empty');
    header.writeUInt32BE(LIMIT + 1);
    expect(() => new FrameDecoder(LIMIT).push(header, () => {})).toThrow(
      'a frame of 65 bytes is above the limit 64',
    );
    const raised = new FrameDecoder(LIMIT);
    raised.raiseLimit(LIMIT + 1);
    raised.push(header, () => {});
    expect(raised.incomplete).toBe(true);
  });
});
