import { expectPromise } from '../../world/violation.js';

/** At most one leader is elected in a term (Raft Figure 3). */
export class ElectionSafety {
  private readonly leaders = new Map<number, string>();

  /** @param leader a process: a restarted one that leads its old term again was not elected to it. */
  leads(term: number, leader: string): void {
    const known = this.leaders.get(term);
    if (known === undefined) this.leaders.set(term, leader);
    else
      expectPromise(known === leader, 'Election Safety: one leader a term', {
        term,
        known,
        leader,
      });
  }
}
