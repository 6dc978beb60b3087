import { invariant } from '@sinkron/invariant';

/**
 * The waiters whose wait has ended at this node, the last `max` of them.
 *
 * Invariant: `mayHave(id)` is true for every id that was ever added, also for those forgotten since:
 * ids grow, so what is not above the largest forgotten id may be one of them. It may be true for
 * others, too: whoever asks does nothing then, and nothing is always safe.
 */
export class FinishedWaiters {
  private readonly ids = new Set<number>();
  private forgottenMax = 0;

  constructor(private readonly max: number) {
    invariant(max >= 1, 'FinishedWaiters: max >= 1', { max });
  }

  add(id: number): void {
    this.ids.add(id);
    if (this.ids.size <= this.max) return;
    for (const oldest of this.ids) {
      this.ids.delete(oldest);
      this.forgottenMax = Math.max(this.forgottenMax, oldest);
      break;
    }
  }

  /** It was added, and is remembered. */
  has(id: number): boolean {
    return this.ids.has(id);
  }

  /** It was added perhaps. */
  mayHave(id: number): boolean {
    return id <= this.forgottenMax || this.ids.has(id);
  }
}
