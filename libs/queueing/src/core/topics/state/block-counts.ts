import { integer, list, WHOLE } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import type { MessageCounts } from '../../ports.js';
import { BLOCK_SEQUENCES, BLOCKS_CACHED_MAX } from '../limits.js';
import { numberKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { ShardRecords } from '../records/shard-records.js';

interface Block {
  /** Not delayed. */
  open: number;
  delayed: number;
}

/**
 * How many messages there are of each `BLOCK_SEQUENCES` sequences, so that those before a place are
 * known without a look at each.
 */
export class BlockCounts {
  private readonly blocks = new Map<number, Block>();
  private readonly changed = new Set<number>();

  constructor(
    private readonly records: ShardRecords,
    private readonly store: string,
  ) {}

  add(sequence: number, change: MessageCounts): void {
    const number = blockOf(sequence);
    const block = this.block(number);
    block.open += change.open;
    block.delayed += change.delayed;
    invariant(block.open >= 0 && block.delayed >= 0, 'BlockCounts: counts >= 0', {
      number,
      ...block,
    });
    this.changed.add(number);
  }

  /** Open messages, one for each sequence of `[first, last]`. */
  addOpen(first: number, last: number): void {
    for (let from = first; from <= last;) {
      const next = Math.min(last + 1, (blockOf(from) + 1) * BLOCK_SEQUENCES);
      this.add(from, { open: next - from, delayed: 0 });
      from = next;
    }
  }

  /** Open messages are gone; by ascending sequence. */
  removeOpen(sequences: readonly number[]): void {
    let from = 0;
    while (from < sequences.length) {
      const first = sequences[from] ?? 0;
      const number = blockOf(first);
      let end = from + 1;
      while (end < sequences.length && blockOf(sequences[end] ?? 0) === number) end += 1;
      this.add(first, { open: from - end, delayed: 0 });
      from = end;
    }
  }

  /** Of all blocks before the one that has `sequence`, and where that one begins. */
  before(sequence: number): { readonly counts: MessageCounts; readonly from: number } {
    this.flush();
    const end = blockOf(sequence);
    let [open, delayed] = [0, 0];
    for (const [key, bytes] of this.records.under(TABLES.blocks, this.store)) {
      if (readNumberKey(key, this.store.length) >= end) break;
      const block = readBlock(this.records.codec.decode(bytes));
      open += block.open;
      delayed += block.delayed;
    }
    return { counts: { open, delayed }, from: end * BLOCK_SEQUENCES };
  }

  flush(): void {
    for (const number of this.changed) {
      const key = this.store + numberKey(number);
      const { open, delayed } = this.block(number);
      if (open === 0 && delayed === 0) this.records.remove(TABLES.blocks, key);
      else this.records.put(TABLES.blocks, key, [open, delayed]);
    }
    this.changed.clear();
    for (const number of this.blocks.keys()) {
      if (this.blocks.size <= BLOCKS_CACHED_MAX) break;
      this.blocks.delete(number);
    }
  }

  private block(number: number): Block {
    const known = this.blocks.get(number);
    if (known !== undefined) return known;
    const value = this.records.get(TABLES.blocks, this.store + numberKey(number));
    const block = value === undefined ? { open: 0, delayed: 0 } : readBlock(value);
    this.blocks.set(number, block);
    return block;
  }
}

function blockOf(sequence: number): number {
  return Math.floor(sequence / BLOCK_SEQUENCES);
}

function readBlock(value: unknown): Block {
  const [open, delayed] = list(value, 'a block record', 2);
  return { open: integer(open, 'open', WHOLE), delayed: integer(delayed, 'delayed', WHOLE) };
}
