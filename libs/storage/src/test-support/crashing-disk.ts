import { openSync, writeSync } from 'node:fs';
import type { DurableFiles } from '../wal/durable-files.js';
import { SECTOR_BYTES } from '../wal/format/wal-record.js';

interface PendingWrite {
  readonly descriptor: number;
  readonly bytes: Buffer;
  readonly position: number;
}

/**
 * Files of a machine whose power fails: what is on the way to the disk at that moment is there in some
 * sectors and not in others, and nobody hears of it. Nothing reaches the disk afterwards.
 */
export class CrashingDisk implements DurableFiles {
  private readonly pending = new Set<PendingWrite>();
  private writesLeft = Number.POSITIVE_INFINITY;
  private crashed = false;

  /**
   * @param random 0 to 1, 1 excluded.
   * @param atCrash is called when the power fails.
   */
  constructor(
    private readonly random: () => number,
    private readonly atCrash: () => void,
  ) {}

  /** The power fails while the write is under way that comes after so many others. */
  crashAfter(writes: number): void {
    this.writesLeft = writes;
  }

  open(path: string): number {
    return openSync(path, 'r+');
  }

  write(descriptor: number, bytes: Buffer, position: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.crashed) return;
      const write = { descriptor, bytes: Buffer.from(bytes), position };
      this.pending.add(write);
      if (this.writesLeft-- <= 0) this.crash();
      else setImmediate(() => this.end(write, resolve));
    });
  }

  crash(): void {
    this.crashed = true;
    for (const { descriptor, bytes, position } of this.pending) {
      for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
        const length = Math.min(SECTOR_BYTES, bytes.length - at);
        if (this.random() < 0.5) writeSync(descriptor, bytes, at, length, position + at);
      }
    }
    this.atCrash();
  }

  private end(write: PendingWrite, resolve: () => void): void {
    if (this.crashed) return;
    this.pending.delete(write);
    writeSync(write.descriptor, write.bytes, 0, write.bytes.length, write.position);
    resolve();
  }
}
