import { expectPromise } from '../../world/violation.js';

/** How far a replica has come. */
export interface ReplicaProgress {
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** The last snapshot that became its state: the log follows in a later turn. */
  readonly installedIndex: number;
}

/** While a process lives, its term, its commit index and its applied index only grow. */
export class MonotonicProgress {
  private readonly last = new Map<string, ReplicaProgress>();

  /** @param process a process of a node: after a crash another one begins again. */
  progressed(process: string, progress: ReplicaProgress): void {
    const last = this.last.get(process);
    this.last.set(process, progress);
    expectPromise(
      progress.appliedIndex <= Math.max(progress.commitIndex, progress.installedIndex),
      'only committed entries are applied',
      { process, ...progress },
    );
    if (last === undefined) return;
    for (const part of ['term', 'commitIndex', 'appliedIndex'] as const) {
      expectPromise(progress[part] >= last[part], `the ${part} of a process never goes back`, {
        process,
        before: last[part],
        now: progress[part],
      });
    }
  }
}
