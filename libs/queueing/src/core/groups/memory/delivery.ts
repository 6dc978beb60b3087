import type { NackTerms } from '../terms.js';

/** A message that is in flight. */
export interface Entry {
  readonly sequence: number;
  readonly priority: number;
  readonly key: string | null;
  /** Times it was handed out, this time included. */
  readonly deliveries: number;
  /** How often it failed before. */
  readonly failures: number;
  /** Until when its receipt is good; then it has failed. */
  visibleAtMs: number;
  /** A nack that made no dead letter of it yet: it is due since then, and fails as this says. */
  nacked: NackTerms | null;
  readonly delivery: Delivery;
  /** False once it was acknowledged, given back, expired or removed. */
  inFlight: boolean;
}

/** What one receive handed out, as far as it is in flight still. */
export class Delivery {
  /** In the order of the hand-out. */
  entries: Entry[] = [];
  /** The least `visibleAtMs` of what is in flight, infinite if nothing is; changed only while it is not in the heap. */
  dueMs = Number.POSITIVE_INFINITY;
  /** Its place in the heap, -1 while it is not there. */
  heapIndex = -1;

  constructor(
    readonly id: number,
    readonly consumer: string | null,
  ) {}

  setDue(): void {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const { inFlight, visibleAtMs } of this.entries) {
      if (inFlight && visibleAtMs < dueMs) dueMs = visibleAtMs;
    }
    this.dueMs = dueMs;
  }
}

/** By (due, id): the order is the same however the deliveries came into the heap. */
export function isDueBefore(one: Delivery, other: Delivery): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.id < other.id);
}
