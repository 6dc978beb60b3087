import type { WrittenEntry } from '../../disk/log-disk.js';
import { expectPromise } from '../../world/violation.js';

/** Indexes a run may reach; terms count in steps of it. */
const INDEXES_MAX = 2 ** 24;

/** Names an entry: two of the same index and term are the same. */
export function logKey(index: number, term: number): number {
  return term * INDEXES_MAX + index;
}

/**
 * Two logs with an entry of the same index and term are the same up to it (Raft Figure 3), now and
 * at any time before: every entry carries a digest of the log up to it, so one look suffices.
 */
export class LogMatching {
  private readonly chains = new Map<number, number>();

  wrote(node: string, { index, term, chain }: WrittenEntry, previousTerm: number): void {
    expectPromise(previousTerm <= term, 'Log Matching: terms grow along a log', {
      node,
      index,
      term,
      previousTerm,
    });
    const key = logKey(index, term);
    const known = this.chains.get(key);
    if (known === undefined) this.chains.set(key, chain);
    else
      expectPromise(known === chain, 'Log Matching: same index and term, same log', {
        node,
        index,
        term,
      });
  }

  /** The digest of the log up to an entry that somebody wrote. */
  chain(index: number, term: number): number | undefined {
    return this.chains.get(logKey(index, term));
  }
}
