import type { LogIndex, Term } from '../identifiers.js';

/**
 * One entry of the log without its data: the last one that a compaction deleted or that a snapshot
 * includes (Raft §7). Its log time goes with it, or time would go back where the log begins.
 */
export interface LogPoint {
  readonly index: LogIndex;
  readonly term: Term;
  /** Log time of the entry; 0 for the point before a whole log. */
  readonly timeMs: number;
}
