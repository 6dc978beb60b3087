/** Which of the messages of a segment, by their places in it. */
export class PlaceSet {
  private constructor(
    private readonly bits: Uint8Array,
    private counted: number,
  ) {}

  static empty(places: number): PlaceSet {
    return new PlaceSet(new Uint8Array(Math.ceil(places / 8)), 0);
  }

  /** The inverse of `bytes`. */
  static of(bytes: Uint8Array): PlaceSet {
    let counted = 0;
    for (const byte of bytes) for (let bit = byte; bit > 0; bit &= bit - 1) counted += 1;
    return new PlaceSet(Uint8Array.from(bytes), counted);
  }

  get count(): number {
    return this.counted;
  }

  /** A bit for each place. Not to be changed. */
  get bytes(): Uint8Array {
    return this.bits;
  }

  has(place: number): boolean {
    return ((this.bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  /** @returns false if it was there. */
  add(place: number): boolean {
    if (this.has(place)) return false;
    this.bits[place >> 3] = (this.bits[place >> 3] ?? 0) | (1 << (place & 7));
    this.counted += 1;
    return true;
  }
}
