import { ExactPacker } from '@sinkron/message-pack';
import { RESERVE_START_SPACE, Unpackr, type Options } from 'msgpackr';
import { FRAME_BYTES_MAX } from '../limits.js';
import { LENGTH_BYTES } from './frame-decoder.js';
import { FrameError } from './frame-error.js';
import { checkMessagePackShape } from './message-pack-shape.js';

const OPTIONS: Options = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: false,
  structuredClone: false,
  bundleStrings: false,
  copyBuffers: false,
  encodeUndefinedAsNil: false,
  useToJSON: false,
  int64AsType: 'bigint',
};
const packer = new ExactPacker(OPTIONS);
const unpackr = new Unpackr(OPTIONS);

/**
 * Encodes one frame, its length included.
 *
 * @throws FrameError when it is above `FRAME_BYTES_MAX`.
 */
export function encodeFrame(value: unknown): Buffer {
  const frame = pack(value, RESERVE_START_SPACE | LENGTH_BYTES);
  const bodyBytes = frame.length - LENGTH_BYTES;
  if (bodyBytes > FRAME_BYTES_MAX) {
    throw new FrameError(`a frame of ${bodyBytes} bytes is above the limit ${FRAME_BYTES_MAX}`);
  }
  frame.writeUInt32BE(bodyBytes, 0);
  return frame;
}

/**
 * Encodes a body: JSON values, `undefined`, `bigint` of 64 bits, `Date`, `Uint8Array`, and plain
 * objects and arrays of these.
 *
 * @throws FrameError when it holds anything else or is nested too deep.
 */
export function encodeValue(value: unknown): Buffer {
  const bytes = pack(value, 0);
  checkMessagePackShape(bytes);
  return bytes;
}

/**
 * Decodes what `encodeValue` has encoded, or any bytes of a stranger. A `Uint8Array` arrives as a
 * `Buffer`, a view of `bytes`.
 *
 * @throws FrameError when the bytes are not one such value.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  checkMessagePackShape(bytes);
  try {
    const value: unknown = unpackr.unpack(bytes);
    return value;
  } catch (error) {
    throw new FrameError('the MessagePack value cannot be decoded', { cause: error });
  }
}

function pack(value: unknown, encodeOptions: number): Buffer {
  try {
    return packer.pack(value, encodeOptions);
  } catch (error) {
    throw new FrameError('the value cannot be encoded', { cause: error });
  }
}
