import { BATCH_BYTES_MAX } from '../limits.js';

/**
 * When a batch is handed over.
 *
 * - `turn`: when the turn of the event loop ends. For what comes of many callbacks of one turn.
 * - `callback`: when the callback under way has ended, promises that it has settled included. For what
 *   one callback makes all of: it leaves a turn earlier, and costs no turn of its own.
 */
export type BatchEnd = 'turn' | 'callback';

/**
 * Gathers what is pushed in one turn of the event loop, or in one callback, and hands it over at its
 * end, in order, in parts of at most `BATCH_BYTES_MAX` or one item.
 */
export class TurnBatch<Item> {
  readonly #flush: (items: Item[]) => void;
  readonly #end: BatchEnd;
  #parts: Item[][] = [];
  /** Of the last part. */
  #partBytes = 0;
  #bytes = 0;
  #scheduled = false;

  constructor(end: BatchEnd, flush: (items: Item[]) => void) {
    this.#end = end;
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
    if (this.#end === 'turn') setImmediate(() => this.#ended());
    else process.nextTick(() => this.#ended());
  }

  #ended(): void {
    const parts = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    this.#bytes = 0;
    this.#scheduled = false;
    for (const part of parts) this.#flush(part);
  }
}
