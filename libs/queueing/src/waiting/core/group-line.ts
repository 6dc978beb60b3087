import type { Due } from './deadline-heap.js';
import type { WaitingCall } from './waiting-call.js';

/** The receives of one group at this node, and what the node knows of the group. */
export class GroupLine implements Due {
  readonly kind = 'line';
  dueMs = 0;
  heapIndex = -1;
  /** In the order in which they came. */
  readonly calls = new Map<number, WaitingCall>();
  /** Messages that are ready, as far as it is known; null: a receive will tell. */
  ready: number | null = null;
  /** How often something was heard of the group. */
  hints = 0;
  /** Watches that were sent. */
  watches = 0;
  isWatchUnderWay = false;
  /** The cluster is to be asked again. */
  wantsWatch = false;
  /** The leader was asked for hints. */
  isWatched = false;
  waiting = 0;
  /** Receives that found nothing behind a hint, since a receive found something or the leader said no. */
  emptyReceives = 0;
  /** Until when those whose time is not over send no receives; in the past: they do. */
  pausedUntilMs = 0;
  /** Messages that the receives under way may take. */
  receivingMax = 0;

  constructor(
    readonly topic: string,
    readonly group: string,
  ) {}

  /** Messages of which those who wait want to hear. */
  get wanted(): number {
    let wanted = 0;
    for (const call of this.calls.values()) {
      if (call.phase === 'waiting' && !call.late) wanted += call.max;
    }
    return wanted;
  }
}
