import type { GroupWrite } from '@sinkron/consensus';
import { LogDisk } from '../../disk/log-disk.js';

/** How long a write that was reported as flushed stays in a volatile cache, microseconds. */
const CACHED_US = 200_000;

interface Cached {
  readonly atUs: number;
  readonly lastIndex: number;
}

/** A drive with a volatile write cache: a crash takes entries back that it reported as flushed. */
export class LyingLogDisk extends LogDisk {
  private cache: Cached[] = [];

  override write(batch: readonly GroupWrite[], flushed: () => void): void {
    super.write(batch, () => {
      this.cache.push({ atUs: this.world.nowUs, lastIndex: this.durableLastIndex });
      flushed();
    });
  }

  override crash(): void {
    const settled = this.cache.filter(({ atUs }) => atUs <= this.world.nowUs - CACHED_US);
    const lastIndex = settled.at(-1)?.lastIndex ?? 0;
    if (lastIndex < this.durableLastIndex) this.lose(lastIndex);
    this.cache = [];
    super.crash();
  }
}
