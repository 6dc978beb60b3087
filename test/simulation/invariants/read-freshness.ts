import { expectPromise } from '../world/violation.js';

/** A lock's holder by token from an index of the log on; null when it is free. */
interface Holding {
  readonly index: number;
  readonly token: number | null;
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

  /** A lock changed hands, as applied by the first of all replicas. */
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
  read(lock: string, asked: number, told: { appliedIndex: number; token: number | null }): void {
    const { appliedIndex, token } = told;
    expectPromise(appliedIndex >= asked, 'a read is never older than what was answered before it', {
      lock,
      appliedIndex,
      asked,
    });
    const holding = this.holdings.get(lock)?.findLast((known) => known.index <= appliedIndex);
    const expected = holding?.token ?? null;
    expectPromise(token === expected, 'a read shows the state at its index', {
      lock,
      appliedIndex,
      token,
      expected,
    });
    this.answered(appliedIndex);
  }
}
