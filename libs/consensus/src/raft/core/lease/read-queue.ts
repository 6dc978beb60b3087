import { invariant } from '@sinkron/invariant';
import type { LogIndex } from '../identifiers.js';

/** Names a read (or a batch of reads) of the driver. */
export type ReadId = number & { readonly __brand: 'ReadId' };
export const readId = (value: number): ReadId => value as ReadId;

export interface ReadReady {
  readonly id: ReadId;
  /** The read may be answered from a state that has applied this index. */
  readonly readIndex: LogIndex;
}

/** Reads that wait for a heartbeat round sent after they arrived (ReadIndex, Raft thesis §6.4). */
export class ReadQueue {
  private waiting: { readonly read: ReadReady; readonly round: number }[] = [];

  get size(): number {
    return this.waiting.length;
  }

  add(read: ReadReady, round: number): void {
    const newest = this.waiting.at(-1);
    invariant(newest === undefined || newest.round <= round, 'ReadQueue: rounds grow', { round });
    this.waiting.push({ read, round });
  }

  /** Takes the reads whose round a majority has answered. */
  takeConfirmed(confirmedRound: number): readonly ReadReady[] {
    const firstWaiting = this.waiting.findIndex((waiting) => waiting.round > confirmedRound);
    const count = firstWaiting === -1 ? this.waiting.length : firstWaiting;
    return this.waiting.splice(0, count).map((waiting) => waiting.read);
  }

  /** Takes all, for a leader that steps down. */
  takeAll(): readonly ReadReady[] {
    return this.waiting.splice(0).map((waiting) => waiting.read);
  }
}
