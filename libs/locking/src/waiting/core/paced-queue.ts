import { invariant } from '@sinkron/invariant';

/** Items in the order in which they came, of which at most `underWayMax` portions are worked on. */
export class PacedQueue<Item> {
  private readonly items = new Set<Item>();
  private underWay = 0;

  constructor(private readonly limits: { readonly underWayMax: number; readonly portion: number }) {
    invariant(limits.underWayMax >= 1, 'PacedQueue: underWayMax >= 1', { ...limits });
    invariant(limits.portion >= 1, 'PacedQueue: portion >= 1', { ...limits });
  }

  add(item: Item): void {
    this.items.add(item);
  }

  remove(item: Item): void {
    this.items.delete(item);
  }

  has(item: Item): boolean {
    return this.items.has(item);
  }

  /** The next portion, at least one item; null when there is none, or too many are under way. */
  take(): Item[] | null {
    if (this.items.size === 0 || this.underWay >= this.limits.underWayMax) return null;
    const portion: Item[] = [];
    for (const item of this.items) {
      if (portion.length === this.limits.portion) break;
      this.items.delete(item);
      portion.push(item);
    }
    this.underWay += 1;
    return portion;
  }

  /** A portion is done. */
  done(): void {
    invariant(this.underWay > 0, 'PacedQueue: only what is under way is done', {
      underWay: this.underWay,
    });
    this.underWay -= 1;
  }
}
