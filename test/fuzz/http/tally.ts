/** Counts what became of requests. */
export class Tally {
  private readonly byResult = new Map<string, number>();
  private readonly byOperation = new Map<string, Map<string, number>>();

  add(operation: string, result: string): void {
    increment(this.byResult, result);
    const own = this.byOperation.get(operation) ?? new Map<string, number>();
    this.byOperation.set(operation, own);
    increment(own, result);
  }

  get total(): number {
    return [...this.byResult.values()].reduce((sum, count) => sum + count, 0);
  }

  count(operation: string, result: string): number {
    return this.byOperation.get(operation)?.get(result) ?? 0;
  }

  /** One line for each result, and how many there were. */
  summary(): readonly string[] {
    return [...this.byResult]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([result, count]) => `${String(count).padStart(8)}  ${result}`);
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
