import { proposerId, type Notice } from '@sinkron/consensus';
import type { WaiterNotice } from '../core/commands/lock-request.js';
import { WAITERS_PER_NOTICE_MAX } from '../core/limits.js';

/**
 * Which proposers should hear that waiters of theirs were granted or removed. Taken after every
 * run of the group, so it holds what the entries of one run did.
 */
export class WaiterNotices {
  private readonly waiters = new Map<string, Set<number>>();

  add(waiterId: number, proposers: readonly string[]): void {
    for (const proposer of proposers) {
      const known = this.waiters.get(proposer);
      if (known === undefined) this.waiters.set(proposer, new Set([waiterId]));
      else known.add(waiterId);
    }
  }

  take(): readonly Notice[] {
    if (this.waiters.size === 0) return [];
    const notices: Notice[] = [];
    for (const [proposer, waiters] of this.waiters) {
      const waiterIds = [...waiters];
      for (let from = 0; from < waiterIds.length; from += WAITERS_PER_NOTICE_MAX) {
        const body: WaiterNotice = {
          waiterIds: waiterIds.slice(from, from + WAITERS_PER_NOTICE_MAX),
        };
        notices.push({ proposer: proposerId(proposer), body });
      }
    }
    this.waiters.clear();
    return notices;
  }

  clear(): void {
    this.waiters.clear();
  }
}
