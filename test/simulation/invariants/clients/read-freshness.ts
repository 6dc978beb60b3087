import { expectPromise } from '../../world/violation.js';

/** Who holds a lock and who waits for it, from an index of the log on. */
interface Holding {
  readonly index: number;
  readonly state: string;
}

/**
 * A linearizable read shows everything that was answered before it was asked for, writes and
 * reads, and the state as it was at the index that it claims.
 */
export class ReadFreshness {
  private lastAnswered = 0;
  private readonly holdings = new Map<string, Holding[]>();

  /** What a read that is asked for now must at least show: an index of the log. */
  get answeredIndex(): number {
    return this.lastAnswered;
  }

  /** A lock changed, as applied by the first of all replicas. */
  changed(lock: string, holding: Holding): void {
    const holdings = this.holdings.get(lock) ?? [];
    this.holdings.set(lock, holdings);
    holdings.push(holding);
  }

  /** A client was told the result of a command applied at `index`. */
  answered(index: number): void {
    this.lastAnswered = Math.max(this.lastAnswered, index);
  }

  /** @param asked `answeredIndex` when the read was asked for. */
  read(lock: string, asked: number, told: { appliedIndex: number; state: string }): void {
    const { appliedIndex, state } = told;
    expectPromise(appliedIndex >= asked, 'a read is never older than what was answered before it', {
      lock,
      appliedIndex,
      asked,
    });
    const holding = this.holdings.get(lock)?.findLast((known) => known.index <= appliedIndex);
    const expected = holding?.state ?? ';';
    expectPromise(state === expected, 'a read shows the state at its index', {
      lock,
      appliedIndex,
      state,
      expected,
    });
    this.answered(appliedIndex);
  }
}
