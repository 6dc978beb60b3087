import type { HeapItem } from '@sinkron/heap';

/** What a heap keeps by its deadline. */
export interface Deadlined extends HeapItem {
  /** Monotonic milliseconds. Changed only while the item is not in the heap. */
  deadlineMs: number;
}

/** The order of such a heap. */
export function isDueBefore(one: Deadlined, other: Deadlined): boolean {
  return one.deadlineMs < other.deadlineMs;
}
