import type { GroupWrite } from '@sinkron/consensus';
import { LogDisk } from '../../disk/log-disk.js';

/** Acknowledges a write when it is handed over; the flush comes later, or never. */
export class EagerLogDisk extends LogDisk {
  override write(batch: readonly GroupWrite[], flushed: () => void): void {
    super.write(batch, () => {});
    this.world.schedule(0, flushed);
  }
}
