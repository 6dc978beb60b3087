import { KEY_HEADS_CACHED_MAX } from '../limits.js';

/**
 * Where a group last found the head of a key: what comes before it, the group is done with. Without
 * it, each look for a head begins at the last milestone of the key (`KeyIndex`).
 */
export class KeyHeads {
  private readonly orders = new Map<string, number>();

  /** Undefined when it is not remembered. */
  from(groupId: number, key: string): number | undefined {
    return this.orders.get(nameOf(groupId, key));
  }

  found(groupId: number, key: string, order: number): void {
    const name = nameOf(groupId, key);
    this.orders.delete(name);
    this.orders.set(name, order);
    if (this.orders.size <= KEY_HEADS_CACHED_MAX) return;
    for (const oldest of this.orders.keys()) {
      this.orders.delete(oldest);
      return;
    }
  }
}

function nameOf(groupId: number, key: string): string {
  return `${groupId} ${key}`;
}
