import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SOURCE = resolve('test/chaos/disk/failing-disk.c');

/** What is wrong with a node's disk. */
export type DiskFailure = 'eio' | 'enospc' | `slow ${number}`;

/** Disks of nodes that fail on demand: a library that is loaded into each before libc. */
export class FailingDisks {
  private constructor(
    private readonly folder: string,
    private readonly library: string,
  ) {}

  /** @returns why there are none, where they cannot be made. */
  static prepare(folder: string): FailingDisks | string {
    if (process.platform !== 'linux') return 'LD_PRELOAD is only tried on Linux';
    const library = join(folder, 'failing-disk.so');
    const args = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'];
    const built = spawnSync('cc', args, { encoding: 'utf8' });
    if (built.error !== undefined) return 'there is no C compiler (cc)';
    if (built.status !== 0) return `cc failed: ${built.stderr.trim().split('\n')[0] ?? ''}`;
    return new FailingDisks(folder, library);
  }

  /** Variables of a node whose disk can be made to fail. */
  environmentOf(nodeId: string): Readonly<Record<string, string>> {
    return { LD_PRELOAD: this.library, CHAOS_DISK_CONTROL: this.orderFile(nodeId) };
  }

  fail(nodeId: string, failure: DiskFailure): void {
    writeFileSync(this.orderFile(nodeId), failure);
  }

  mend(nodeId: string): void {
    rmSync(this.orderFile(nodeId), { force: true });
  }

  private orderFile(nodeId: string): string {
    return join(this.folder, `disk-of-${nodeId}`);
  }
}
