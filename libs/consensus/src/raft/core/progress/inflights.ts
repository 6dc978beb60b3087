import { invariant } from '@sinkron/invariant';
import type { LogIndex } from '../identifiers.js';

export interface InflightLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/**
 * The sliding window of AppendEntries sent to one follower and not yet answered.
 *
 * Invariant: the last indexes grow from the oldest to the newest message.
 */
export class Inflights {
  private window: { readonly lastIndex: LogIndex; readonly bytes: number }[] = [];
  private bytes = 0;

  constructor(private readonly limits: InflightLimits) {}

  add(lastIndex: LogIndex, bytes: number): void {
    const newest = this.window.at(-1);
    invariant(
      newest === undefined || newest.lastIndex < lastIndex,
      'Inflights: last indexes grow',
      { newest: newest?.lastIndex, lastIndex },
    );
    this.window.push({ lastIndex, bytes });
    this.bytes += bytes;
  }

  /** The follower has everything up to `matchIndex`. */
  freeThrough(matchIndex: LogIndex): void {
    let freed = 0;
    for (const message of this.window) {
      if (message.lastIndex > matchIndex) break;
      this.bytes -= message.bytes;
      freed += 1;
    }
    if (freed > 0) this.window.splice(0, freed);
    invariant(this.bytes >= 0, 'Inflights: bytes >= 0', { bytes: this.bytes });
  }

  clear(): void {
    this.window = [];
    this.bytes = 0;
  }

  get full(): boolean {
    return this.window.length >= this.limits.messagesMax || this.bytes >= this.limits.bytesMax;
  }

  get count(): number {
    return this.window.length;
  }
}
