import { invariant } from '@sinkron/invariant';
import { compareByteOrder } from '@sinkron/utf8';
import { NAMES_PER_CHUNK_MAX } from '../limits.js';

/**
 * A set of names in the byte order of UTF-8, for listing by prefix.
 *
 * A sorted array cut into chunks: finding is two binary searches, inserting and removing move at
 * most one chunk's references, splitting at most the list of chunks.
 *
 * Invariant: chunks are not empty, hold at most NAMES_PER_CHUNK_MAX names each, and their
 * concatenation is strictly ascending.
 */
export class NameIndex {
  private readonly chunks: string[][] = [];
  /** Additions and removals so far. */
  private changes = 0;

  add(name: string): void {
    this.changes += 1;
    const at = this.chunkFor(name);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push([name]);
      return;
    }
    const position = lowerBound(chunk, name);
    invariant(chunk[position] !== name, 'NameIndex: a name is added once', { name });
    chunk.splice(position, 0, name);
    if (chunk.length > NAMES_PER_CHUNK_MAX) {
      this.chunks.splice(at + 1, 0, chunk.splice(NAMES_PER_CHUNK_MAX / 2));
    }
  }

  remove(name: string): void {
    this.changes += 1;
    const at = this.chunkFor(name);
    const chunk = this.chunks[at] ?? [];
    const position = lowerBound(chunk, name);
    invariant(chunk[position] === name, 'NameIndex: a removed name is there', { name });
    chunk.splice(position, 1);
    const next = this.chunks[at + 1];
    if (chunk.length === 0) {
      this.chunks.splice(at, 1);
    } else if (next !== undefined && chunk.length + next.length <= NAMES_PER_CHUNK_MAX / 2) {
      chunk.push(...next);
      this.chunks.splice(at + 1, 1);
    }
  }

  clear(): void {
    this.changes += 1;
    this.chunks.length = 0;
  }

  /**
   * The names that begin with `prefix` and come after `after` (null: from the first), in order.
   *
   * Names may be added and removed between two steps: each that is there all the time is listed.
   */
  *listed(prefix: string, after: string | null): Generator<string, void, undefined> {
    let last = after;
    let changes: number | undefined;
    let at = 0;
    let position = 0;
    for (;;) {
      if (changes !== this.changes) {
        // The others have moved.
        changes = this.changes;
        const from = last !== null && compareByteOrder(last, prefix) > 0 ? last : prefix;
        at = this.chunkFor(from);
        position = lowerBound(this.chunks[at] ?? [], from);
      }
      const chunk = this.chunks[at];
      if (chunk === undefined) return;
      const name = chunk[position];
      position += 1;
      if (name === undefined) {
        at += 1;
        position = 0;
      } else if (!name.startsWith(prefix)) {
        return;
      } else if (name !== last) {
        last = name;
        yield name;
      }
    }
  }

  validate(): void {
    let previous: string | null = null;
    for (const chunk of this.chunks) {
      invariant(
        chunk.length > 0 && chunk.length <= NAMES_PER_CHUNK_MAX,
        'NameIndex: 0 < chunk length <= NAMES_PER_CHUNK_MAX',
        { length: chunk.length },
      );
      for (const name of chunk) {
        invariant(
          previous === null || compareByteOrder(previous, name) < 0,
          'NameIndex: names ascend strictly',
          { previous, name },
        );
        previous = name;
      }
    }
  }

  /** The last chunk whose first name is not above `name`, else the first chunk. */
  private chunkFor(name: string): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.chunks[middle]?.[0] ?? '';
      if (compareByteOrder(first, name) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The first position in `[0, names.length]` whose name is not below `name`. */
function lowerBound(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareByteOrder(names[middle] ?? '', name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
