import { BATCH_BYTES_MAX } from '../limits.js';

/**
 * Gathers what is pushed in one turn of the event loop and hands it over at the end of the turn,
 * in order, in parts of at most `BATCH_BYTES_MAX` or one item.
 */
export class TurnBatch<Item> {
  readonly #flush: (items: Item[]) => void;
  #parts: Item[][] = [];
  /** Of the last part. */
  #partBytes = 0;
  #bytes = 0;
  #scheduled = false;

  constructor(flush: (items: Item[]) => void) {
    this.#flush = flush;
  }

  /** The sum of what waits. */
  get bytes(): number {
    return this.#bytes;
  }

  push(item: Item, bytes: number): void {
    const last = this.#parts.at(-1);
    if (last !== undefined && this.#partBytes + bytes <= BATCH_BYTES_MAX) {
      last.push(item);
      this.#partBytes += bytes;
    } else {
      this.#parts.push([item]);
      this.#partBytes = bytes;
    }
    this.#bytes += bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turnEnded());
  }

  #turnEnded(): void {
    const parts = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    this.#bytes = 0;
    this.#scheduled = false;
    for (const part of parts) this.#flush(part);
  }
}
