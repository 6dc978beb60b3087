import { MalformedValue } from '@sinkron/fields';
import type { BodyKind } from './packed-messages.js';

/** What the next of packed messages is, and where its body stands among the bytes. */
export interface PackedPlace {
  readonly bodyKind: BodyKind;
  readonly from: number;
  readonly to: number;
  /** JSON text of an object; null: none. */
  readonly headers: string | null;
}

const TUPLE_OF_3 = 0x93;
const JSON_KIND = 0;
const BASE64_KIND = 1;
const NIL = 0xc0;
/** Heads of bytes and of texts: the same with a length of 1, 2 and 4 bytes. */
const BYTES_8 = 0xc4;
const TEXT_8 = 0xd9;
const SHORT_TEXT = 0xa0;
const SHORT_TEXT_CHARS_MAX = 31;
const ARRAY_16 = 0xdc;
const SHORT_ARRAY = 0x90;
const SHORT_ARRAY_MAX = 15;

const text = new TextDecoder();

/**
 * Walks through packed messages where they stand: to decode them as any MessagePack costs several
 * times as much, and a receive reads hundreds. Its methods throw MalformedValue.
 */
export class PackedReader {
  readonly count: number;
  private at = 0;

  constructor(private readonly packed: Uint8Array) {
    const head = this.byte();
    if (head === ARRAY_16) this.count = this.length(2);
    else this.count = head - SHORT_ARRAY;
    if (this.count < 0 || (head !== ARRAY_16 && this.count > SHORT_ARRAY_MAX)) this.refuse();
  }

  /** To be called `count` times at most. */
  next(): PackedPlace {
    if (this.byte() !== TUPLE_OF_3) this.refuse();
    const kind = this.byte();
    if (kind !== JSON_KIND && kind !== BASE64_KIND) this.refuse();
    const bytes = this.sized(this.byte() - BYTES_8);
    const from = this.at;
    const to = (this.at += bytes);
    if (to > this.packed.length) this.refuse();
    return { bodyKind: kind === JSON_KIND ? 'json' : 'base64', from, to, headers: this.headers() };
  }

  private headers(): string | null {
    const head = this.byte();
    if (head === NIL) return null;
    const short = head - SHORT_TEXT;
    const bytes = short >= 0 && short <= SHORT_TEXT_CHARS_MAX ? short : this.sized(head - TEXT_8);
    const from = this.at;
    this.at += bytes;
    if (this.at > this.packed.length) this.refuse();
    return text.decode(this.packed.subarray(from, this.at));
  }

  /** @param kind 0, 1 or 2: the length has 1, 2 or 4 bytes. */
  private sized(kind: number): number {
    return kind >= 0 && kind <= 2 ? this.length(1 << kind) : this.refuse();
  }

  private length(digits: number): number {
    let length = 0;
    for (let left = digits; left > 0; left -= 1) length = length * 256 + this.byte();
    return length;
  }

  private byte(): number {
    const byte = this.packed[this.at];
    if (byte === undefined) return this.refuse();
    this.at += 1;
    return byte;
  }

  private refuse(): never {
    throw new MalformedValue('packed messages', 'a list of [kind, body, headers]');
  }
}
