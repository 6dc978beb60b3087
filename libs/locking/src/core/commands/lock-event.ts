import type { LockMode, WaitEdge } from './holder.js';

export type LockEventKind = 'granted' | 'released' | 'expired' | 'queued' | 'broken' | 'deadlock';

/** Something that happened to a lock, the same on every replica. */
export interface LockEvent {
  /** `${entryIndex}-${place}`: ascends with the log, place counts the events of one entry. */
  readonly id: string;
  readonly kind: LockEventKind;
  readonly name: string;
  readonly owner: string;
  readonly sessionId: string | null;
  readonly mode: LockMode;
  /** Null when nothing is held yet: `queued` and `deadlock`. */
  readonly token: number | null;
  /** Log time, milliseconds of Unix time. */
  readonly atMs: number;
  /** Of a `deadlock`, its first EVENT_CYCLE_EDGES_MAX edges. */
  readonly cycle?: readonly WaitEdge[];
}

export interface EventPage {
  readonly events: readonly LockEvent[];
  /** Give it as `after` for what comes next. Not always the id of an event. */
  readonly last: string;
  /** Whether events after the asked id are forgotten: the page begins with the oldest known. */
  readonly reset: boolean;
}
