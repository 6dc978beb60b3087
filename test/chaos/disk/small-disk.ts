import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SMALL_DISK_BYTES } from '../limits.js';

const CHUNK_BYTES = 1024 * 1024;

/** A file system of its own, small enough to be filled up: a tmpfs, which only root may mount. */
export class SmallDisk {
  private mounted = true;

  private constructor(readonly path: string) {}

  /** @returns why there is none, where it cannot be mounted. */
  static mount(path: string): SmallDisk | string {
    if (process.platform !== 'linux') return 'a tmpfs is only tried on Linux';
    mkdirSync(path, { recursive: true });
    const size = `size=${SMALL_DISK_BYTES}`;
    const args = ['-t', 'tmpfs', '-o', size, 'sinkron-chaos', path];
    const { status, error } = spawnSync('mount', args, { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return 'mounting a tmpfs needs to be root';
    return new SmallDisk(path);
  }

  /** Takes all that is left. */
  fill(): void {
    const file = openSync(this.filler(), 'w');
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (let bytes = CHUNK_BYTES; bytes >= 1;) {
        try {
          writeSync(file, chunk, 0, bytes);
        } catch {
          bytes = Math.floor(bytes / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  empty(): void {
    rmSync(this.filler(), { force: true });
  }

  /** The nodes that use it have to be gone. */
  unmount(): void {
    if (!this.mounted) return;
    this.mounted = false;
    spawnSync('umount', [this.path], { stdio: 'ignore' });
  }

  private filler(): string {
    return join(this.path, 'filler');
  }
}
