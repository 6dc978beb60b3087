interface Entry {
  readonly topicId: number;
  readonly dueMs: number;
}

/**
 * When each topic has something to do next: a binary min-heap by (due, topic) whose outdated entries
 * are skipped when they come up.
 */
export class DueTopics {
  private readonly times = new Map<number, number>();
  private heap: Entry[] = [];

  /** Null: nothing is due there, ever, as it is. */
  set(topicId: number, dueMs: number | null): void {
    if (dueMs === null) {
      this.times.delete(topicId);
      return;
    }
    if (this.times.get(topicId) === dueMs) return;
    this.times.set(topicId, dueMs);
    this.push({ topicId, dueMs });
    // Outdated entries are at most as many as the others, or they are dropped.
    if (this.heap.length > 2 * this.times.size + 16) this.rebuild();
  }

  get nextMs(): number | null {
    return this.first()?.dueMs ?? null;
  }

  /** Topics with something to do by then, at most `limit`, the earliest of all; by ascending number. */
  dueBy(logTimeMs: number, limit: number): readonly number[] {
    const due = new Set<number>();
    const entries: Entry[] = [];
    for (let first = this.first(); first !== undefined; first = this.first()) {
      if (first.dueMs > logTimeMs || due.size === limit) break;
      if (!due.has(first.topicId)) entries.push(first);
      due.add(first.topicId);
      this.pop();
    }
    // They stay until their topics say otherwise.
    for (const entry of entries) this.push(entry);
    return [...due].sort((one, other) => one - other);
  }

  private first(): Entry | undefined {
    for (let [first] = this.heap; first !== undefined; [first] = this.heap) {
      if (this.times.get(first.topicId) === first.dueMs) return first;
      this.pop();
    }
    return undefined;
  }

  private rebuild(): void {
    this.heap = [];
    for (const [topicId, dueMs] of this.times) this.push({ topicId, dueMs });
  }

  private push(entry: Entry): void {
    let at = this.heap.length;
    this.heap.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.heap[parentAt];
      if (parent === undefined || !precedes(entry, parent)) break;
      this.heap[at] = parent;
      at = parentAt;
    }
    this.heap[at] = entry;
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = this.heap[2 * at + 1];
      const right = this.heap[2 * at + 2];
      const rightIsLess = left !== undefined && right !== undefined && precedes(right, left);
      const child = rightIsLess ? right : left;
      if (child === undefined || !precedes(child, last)) break;
      this.heap[at] = child;
      at = 2 * at + (rightIsLess ? 2 : 1);
    }
    this.heap[at] = last;
  }
}

function precedes(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.topicId < other.topicId);
}
