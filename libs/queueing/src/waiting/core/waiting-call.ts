import type { Due } from './deadline-heap.js';
import type { GroupLine } from './group-line.js';

/** A receive as it comes into the waiting room. */
export interface NewCall {
  readonly callId: number;
  readonly topic: string;
  readonly group: string;
  /** Messages that it takes at most. */
  readonly max: number;
  /** Until when it waits for a first message; a receive that does not wait: now. */
  readonly untilMs: number;
  /** When its client stops waiting for any answer. */
  readonly answerByMs: number;
  /** It has an Idempotency-Key: what was received under it before is known to the cluster only. */
  readonly keyed: boolean;
}

/** A receive in the waiting room. */
export interface WaitingCall extends NewCall, Due {
  readonly kind: 'call';
  readonly line: GroupLine;
  /** `receiving`: a receive of it is on its way to the cluster. */
  phase: 'waiting' | 'receiving';
  /** The cluster has said, after the call came, that nothing is ready for it. */
  answered: boolean;
  /** Nobody waits for it any more; it stays until its receive, which is under way, has ended. */
  gone: boolean;
  /** Its time to wait is over: it stays for an answer only. */
  late: boolean;
  /** Empty receives since it was late. */
  lateTries: number;
  /** A receive of it was sent, which may have made its group. */
  sent: boolean;
  /** Its receive began behind a hint that something is ready. */
  hinted: boolean;
  /** `GroupLine.hints` when its receive began. */
  hintsAtStart: number;
  /** `GroupLine.watches` when it came. */
  watchesAtJoin: number;
}
