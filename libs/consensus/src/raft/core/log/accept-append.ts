import { logIndex, term, type LogIndex } from '../identifiers.js';
import type { AppendOutcome, AppendRequest } from '../message.js';
import type { RaftLog } from './raft-log.js';

/**
 * The receiver's side of AppendEntries (Raft §5.3, Figure 2), once the term has been checked.
 *
 * @returns the outcome, and the index up to which it promises to hold the log.
 */
export function acceptAppend(
  log: RaftLog,
  request: AppendRequest,
): { readonly outcome: AppendOutcome; readonly promised: LogIndex } {
  const { prevLogIndex, prevLogTerm, entries, leaderCommit } = request;
  if (prevLogIndex < log.commitIndex) {
    // A late message: what is committed is the same in every leader's log.
    const matchIndex = log.commitIndex;
    return { outcome: { accepted: true, matchIndex }, promised: matchIndex };
  }
  if (!log.matches(prevLogIndex, prevLogTerm)) {
    const hintIndex = log.lastIndexWithTermAtMost(prevLogIndex, prevLogTerm);
    const hintTerm = log.term(hintIndex) ?? term(0);
    const outcome = { accepted: false, rejectedIndex: prevLogIndex, hintIndex, hintTerm } as const;
    return { outcome, promised: logIndex(0) };
  }
  log.reconcile(entries);
  const matchIndex = logIndex(prevLogIndex + entries.length);
  log.commitTo(logIndex(Math.min(leaderCommit, matchIndex)));
  return { outcome: { accepted: true, matchIndex }, promised: matchIndex };
}
