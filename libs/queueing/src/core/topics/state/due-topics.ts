import { Heap, type HeapItem } from '@sinkron/heap';

interface DueTopic extends HeapItem {
  readonly topicId: number;
  /** Changed only while it is not in the heap. */
  dueMs: number;
}

/** When each topic has something to do next: by (due, topic). */
export class DueTopics {
  private readonly topics = new Map<number, DueTopic>();
  private readonly heap = new Heap<DueTopic>(isDueBefore);

  /** Null: nothing is due there, ever, as it is. */
  set(topicId: number, dueMs: number | null): void {
    const known = this.topics.get(topicId);
    if (dueMs === null) {
      if (known === undefined) return;
      this.heap.remove(known);
      this.topics.delete(topicId);
      return;
    }
    if (known === undefined) {
      const topic = { topicId, dueMs, heapIndex: -1 };
      this.topics.set(topicId, topic);
      this.heap.add(topic);
      return;
    }
    if (known.dueMs === dueMs) return;
    this.heap.remove(known);
    known.dueMs = dueMs;
    this.heap.add(known);
  }

  get nextMs(): number | null {
    return this.heap.first?.dueMs ?? null;
  }

  /** Topics with something to do by then, at most `limit`, the earliest of all; by ascending number. */
  dueBy(logTimeMs: number, limit: number): readonly number[] {
    const due: DueTopic[] = [];
    while (due.length < limit) {
      const { first } = this.heap;
      if (first === undefined || first.dueMs > logTimeMs) break;
      this.heap.remove(first);
      due.push(first);
    }
    // They stay until they are set anew.
    for (const topic of due) this.heap.add(topic);
    return due.map(({ topicId }) => topicId).sort((one, other) => one - other);
  }
}

function isDueBefore(one: DueTopic, other: DueTopic): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.topicId < other.topicId);
}
