import type { LoadOrder, Window } from '../load/orders.js';
import type { QueueOrder } from '../load/queues/queue-orders.js';
import type { SystemKind } from '../systems/system-under-test.js';

/** One thing to measure with every system that can do it. */
export interface Scenario {
  /** As in JSON and for --only. */
  readonly id: string;
  /** As in tables. */
  readonly title: string;
  /** What is counted each second; null where the rate says nothing. */
  readonly rate: string | null;
  /** Which of the outcome's latencies is meant. */
  readonly latency: string;
  readonly systems: readonly SystemKind[];
  order(window: Window): LoadOrder | QueueOrder;
}

/** Whether `--only` lets it run. */
export function isWanted(id: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((prefix) => id === prefix || id.startsWith(`${prefix}-`));
}
