/**
 * Which operations of a history have their place in the order so far.
 *
 * Operations are named by their number in the order of their calls. Known ones are taken nearly in
 * that order, so the set is a beginning and a few numbers above it: small to name, quick to compare.
 */
export class LinearizedSet {
  /** The first known operation that is not in the set. */
  private first = 0;
  private readonly members = new Set<number>();
  /** Members at or above `first`. */
  private readonly above = new Set<number>();
  private readonly unknown = new Set<number>();

  /** @param count known operations, numbered from 0; numbers from `count` on are unknown ones. */
  constructor(private readonly count: number) {}

  /** Whether every known operation is in the set. */
  get complete(): boolean {
    return this.members.size === this.count;
  }

  /** No known operation below it is missing. */
  get firstMissing(): number {
    return this.first;
  }

  has(operation: number): boolean {
    return this.members.has(operation) || this.unknown.has(operation);
  }

  add(operation: number): void {
    if (operation >= this.count) {
      this.unknown.add(operation);
      return;
    }
    this.members.add(operation);
    this.above.add(operation);
    while (this.above.delete(this.first)) this.first += 1;
  }

  delete(operation: number): void {
    if (this.unknown.delete(operation)) return;
    this.members.delete(operation);
    if (!this.above.delete(operation)) {
      for (let member = operation + 1; member < this.first; member += 1) this.above.add(member);
      this.first = operation;
    }
  }

  /** Equal for equal sets. */
  get name(): string {
    return `${this.first}+${sorted(this.above)}?${sorted(this.unknown)}`;
  }
}

function sorted(numbers: ReadonlySet<number>): string {
  return numbers.size === 0 ? '' : [...numbers].sort((left, right) => left - right).join();
}
