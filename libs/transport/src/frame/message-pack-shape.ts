import { NESTING_DEPTH_MAX } from '../limits.js';
import { FrameError } from './frame-error.js';

/** The extension by which msgpackr writes `undefined`, and MessagePack's own timestamp. */
const UNDEFINED_TYPE = 0x00;
const TIMESTAMP_TYPE = 0xff;

/**
 * Checks that `bytes` hold exactly one MessagePack value, before a decoder allocates for it: every
 * length is there, nothing is nested deeper than `NESTING_DEPTH_MAX`, and no extension occurs but
 * `undefined` and timestamps. (msgpackr's other extensions define records, build regular
 * expressions and typed arrays: a stranger must not reach them.) Runs in linear time.
 *
 * @throws FrameError
 */
export function checkMessagePackShape(bytes: Uint8Array): void {
  const cursor = new ShapeCursor(bytes);
  cursor.skipValue(0);
  if (cursor.position !== bytes.length) throw new FrameError('bytes after the MessagePack value');
}

class ShapeCursor {
  position = 0;

  constructor(readonly bytes: Uint8Array) {}

  skipValue(depth: number): void {
    const token = this.#uint(1);
    if (token < 0x80 || token >= 0xe0) return;
    if (token < 0x90) return this.#skipEntries(token & 0x0f, depth);
    if (token < 0xa0) return this.#skipValues(token & 0x0f, depth);
    if (token < 0xc0) return this.#skipBytes(token & 0x1f);
    this.#skipTagged(token, depth);
  }

  #skipTagged(token: number, depth: number): void {
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return;
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6:
        return this.#skipBytes(this.#uint(1 << (token - 0xc4)));
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        return this.#skipBytes(this.#uint(1 << (token - 0xd9)));
      case 0xca: // float 32, 64
      case 0xcb:
        return this.#skipBytes(4 << (token - 0xca));
      case 0xcc: // uint 8 to 64
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#skipBytes(1 << (token - 0xcc));
      case 0xd0: // int 8 to 64
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#skipBytes(1 << (token - 0xd0));
      case 0xdc: // array 16, 32
      case 0xdd:
        return this.#skipValues(this.#uint(2 << (token - 0xdc)), depth);
      case 0xde: // map 16, 32
      case 0xdf:
        return this.#skipEntries(this.#uint(2 << (token - 0xde)), depth);
      default:
        return this.#skipExtension(token);
    }
  }

  #skipExtension(token: number): void {
    if (token === 0xd4) {
      if (this.#uint(1) !== UNDEFINED_TYPE) throw new FrameError('an unknown extension');
      return this.#skipBytes(1);
    }
    const isTimestamp =
      token === 0xd6 || token === 0xd7 || (token === 0xc7 && this.#uint(1) === 12);
    if (!isTimestamp || this.#uint(1) !== TIMESTAMP_TYPE) {
      throw new FrameError(`the MessagePack token ${token} is not used between nodes`);
    }
    this.#skipBytes(token === 0xd6 ? 4 : token === 0xd7 ? 8 : 12);
  }

  #skipEntries(count: number, depth: number): void {
    this.#checkContainer(count * 2, depth);
    for (let index = 0; index < count; index += 1) {
      if (!isKeyToken(this.bytes[this.position])) throw new FrameError('a key is a text or number');
      this.skipValue(depth + 1);
      this.skipValue(depth + 1);
    }
  }

  #skipValues(count: number, depth: number): void {
    this.#checkContainer(count, depth);
    for (let index = 0; index < count; index += 1) this.skipValue(depth + 1);
  }

  #checkContainer(count: number, depth: number): void {
    if (depth >= NESTING_DEPTH_MAX) throw new FrameError('nested too deep');
    // Each value takes a byte at least: a decoder may allocate for `count` of them.
    if (count > this.bytes.length - this.position) throw new FrameError('a container is cut off');
  }

  #skipBytes(count: number): void {
    if (count > this.bytes.length - this.position) throw new FrameError('a value is cut off');
    this.position += count;
  }

  /** Reads a big-endian unsigned number of 1, 2 or 4 bytes. */
  #uint(size: number): number {
    const start = this.position;
    this.#skipBytes(size);
    let value = 0;
    for (let index = start; index < this.position; index += 1) {
      value = value * 256 + (this.bytes[index] ?? 0);
    }
    return value;
  }
}

/** Whether a value of this token becomes a property of an object: a text or a number. */
function isKeyToken(token: number | undefined): boolean {
  if (token === undefined) return false;
  if (token < 0x80 || token >= 0xe0) return true;
  return (
    (token >= 0xa0 && token < 0xc0) ||
    (token >= 0xca && token <= 0xd3) ||
    (token >= 0xd9 && token <= 0xdb)
  );
}
