import type { Rereading, StateTables } from '@sinkron/consensus';
import { TamperedTopics } from './tampered-topics.js';

/** Goes on with the memory that it had when a snapshot replaces its tables. */
export class KeptMemory extends TamperedTopics {
  private isOpen = false;

  override open(tables: StateTables): void {
    if (!this.isOpen) super.open(tables);
    this.isOpen = true;
  }

  override *reread(): Rereading {
    yield;
    return () => {};
  }
}
