import { compareByteOrder } from '@sinkron/utf8';
import { ORDERED_PENDING_KEYS_MAX, ORDERED_RUN_KEYS_MAX } from '../limits.js';

/**
 * A map that also knows its keys in UTF-8 order; keys are never removed.
 *
 * The order is kept as runs of sorted keys, so that an insert moves at most one run's pointers. Keys
 * wait for their place until the order is asked for, which for most maps is never.
 */
export class OrderedMap<Value extends object | number | boolean | null> {
  private readonly values = new Map<string, Value>();
  /** Keys of `values` that are in no run yet. */
  private readonly pending: string[] = [];
  /** Invariant: every run is sorted and not empty; all of a run is below all of the next. */
  private readonly runs: string[][] = [];

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  /** @returns the value that the key had. */
  set(key: string, value: Value): Value | undefined {
    const before = this.values.get(key);
    this.values.set(key, value);
    if (before === undefined) {
      this.pending.push(key);
      if (this.pending.length > ORDERED_PENDING_KEYS_MAX) this.order();
    }
    return before;
  }

  entries(): IterableIterator<[string, Value]> {
    return this.values.entries();
  }

  /** The least key that is `>= bound`, or `> bound` when `exclusive`. */
  next(bound: string, exclusive: boolean): string | undefined {
    this.order();
    const run = this.runs[this.runOf(bound, exclusive)];
    return run?.[position(run, bound, exclusive)];
  }

  /** Gives each pending key its place. */
  private order(): void {
    for (const key of this.pending) this.insert(key);
    this.pending.length = 0;
  }

  private insert(key: string): void {
    const at = Math.min(this.runOf(key, false), this.runs.length - 1);
    const run = this.runs[at];
    if (run === undefined) {
      this.runs.push([key]);
      return;
    }
    run.splice(position(run, key, false), 0, key);
    if (run.length <= ORDERED_RUN_KEYS_MAX) return;
    this.runs.splice(at + 1, 0, run.splice(run.length >> 1));
  }

  /** The first run whose last key is at or past the bound; the number of runs when none is. */
  private runOf(bound: string, exclusive: boolean): number {
    return lowerBound(this.runs.length, (at) => {
      const last = this.runs[at]?.at(-1);
      return last !== undefined && isAtOrPast(last, bound, exclusive);
    });
  }
}

function position(run: readonly string[], bound: string, exclusive: boolean): number {
  return lowerBound(run.length, (at) => isAtOrPast(run[at] ?? '', bound, exclusive));
}

function isAtOrPast(key: string, bound: string, exclusive: boolean): boolean {
  const order = compareByteOrder(key, bound);
  return exclusive ? order > 0 : order >= 0;
}

/** The least number below `count` for which `holds`, which is false up to it and true from it. */
function lowerBound(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
