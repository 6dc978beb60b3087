/** Digests are natural numbers below this, so that two of them can be added exactly. */
export const DIGEST_SPAN = 2 ** 52;

/**
 * A 52-bit digest over numbers and bytes, in two lanes of different mixing: to tell apart what
 * differs by accident, not by malice.
 */
export class Digest {
  private low = 0x811c9dc5 | 0;
  private high = 0x2545f491 | 0;

  number(value: number): this {
    this.word(value | 0);
    this.word(Math.floor(value / 0x1_0000_0000) | 0);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    let { low, high } = this;
    for (const byte of bytes) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x27d4eb2f);
    }
    this.low = low;
    this.high = high;
    return this.number(bytes.length);
  }

  text(text: string): this {
    for (let at = 0; at < text.length; at += 1) this.word(text.charCodeAt(at));
    return this.number(text.length);
  }

  get value(): number {
    const high = (this.high ^ (this.high >>> 15)) >>> 12;
    return high * 0x1_0000_0000 + (this.low >>> 0);
  }

  private word(word: number): void {
    this.low = Math.imul(this.low ^ word ^ (word >>> 16), 0x01000193);
    this.high = Math.imul((this.high << 5) ^ (this.high >>> 27) ^ word, 0x27d4eb2f);
  }
}
