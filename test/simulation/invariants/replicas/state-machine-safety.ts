import type { SnapshotPoint } from '@sinkron/consensus';
import { expectPromise } from '../../world/violation.js';

/** What a replica did with one entry, as digests. */
export interface AppliedEntry {
  readonly term: number;
  /** Log time of the entry, milliseconds of Unix time. */
  readonly timeMs: number;
  readonly entry: number;
  readonly outcomes: number;
  /** Over all tables after the entry. */
  readonly state: number;
}

/**
 * Every replica that applies an index applies the same entry, answers the same and comes to the
 * same state (Raft Figure 3), also when it applies the index once more after a crash.
 */
export class StateMachineSafety {
  private readonly applied: AppliedEntry[] = [];

  get lastIndex(): number {
    return this.applied.length;
  }

  apply(node: string, index: number, applied: AppliedEntry): void {
    const known = this.applied[index - 1];
    if (known === undefined) {
      expectPromise(index === this.applied.length + 1, 'entries are applied without gaps', {
        node,
        index,
        lastIndex: this.applied.length,
      });
      const previousMs = this.applied.at(-1)?.timeMs ?? 0;
      expectPromise(applied.timeMs >= previousMs, 'log time never goes backwards', {
        index,
        timeMs: applied.timeMs,
        previousMs,
      });
      this.applied.push(applied);
      return;
    }
    for (const part of ['term', 'timeMs', 'entry', 'outcomes', 'state'] as const) {
      expectPromise(known[part] === applied[part], `State Machine Safety: the same ${part}`, {
        node,
        index,
        first: known[part],
        here: applied[part],
      });
    }
  }

  /** A snapshot became the state of a replica. */
  install(node: string, { index, term, timeMs }: SnapshotPoint, state: number): void {
    const known = this.applied[index - 1];
    expectPromise(
      known?.state === state && known.term === term && known.timeMs === timeMs,
      'a snapshot is the state at its index, as it was there',
      { node, index, term, timeMs, state, known },
    );
  }
}
