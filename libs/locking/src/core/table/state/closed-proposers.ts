import { invariant } from '@sinkron/invariant';
import { compareByteOrder } from '@sinkron/utf8';
import type { Waiter } from './waiter.js';

/** A closed proposer that is still named in records of waiters. */
export interface ClosedProposer {
  readonly proposer: string;
  /** The entry that closed it: closed proposers are swept in this order. */
  readonly index: number;
  /** The waiters whose records may name it, by id. */
  readonly waiters: readonly Waiter[];
  /** How many of `waiters` are done with. */
  swept: number;
}

/** Which proposer attends which waiters, and what closed ones left behind. */
export class ClosedProposers {
  private readonly attended = new Map<string, Set<Waiter>>();
  /** In the order of their sweeps. */
  private readonly closed: ClosedProposer[] = [];

  get first(): ClosedProposer | undefined {
    return this.closed[0];
  }

  attend(proposer: string, waiter: Waiter): void {
    const waiters = this.attended.get(proposer);
    if (waiters === undefined) this.attended.set(proposer, new Set([waiter]));
    else waiters.add(waiter);
  }

  unattend(proposer: string, waiter: Waiter): void {
    const waiters = this.attended.get(proposer);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.attended.delete(proposer);
  }

  countOf(proposer: string): number {
    return this.attended.get(proposer)?.size ?? 0;
  }

  /** The waiters that the proposer attends, by id. */
  waitersOf(proposer: string): readonly Waiter[] {
    return [...(this.attended.get(proposer) ?? [])].sort((left, right) => left.id - right.id);
  }

  markClosed(proposer: string, index: number, waiters: readonly Waiter[]): void {
    let at = this.closed.length;
    for (; at > 0; at -= 1) {
      const other = this.closed[at - 1];
      if (other === undefined || other.index < index) break;
      if (other.index === index && compareByteOrder(other.proposer, proposer) < 0) break;
    }
    this.closed.splice(at, 0, { proposer, index, waiters, swept: 0 });
  }

  removeFirst(): void {
    invariant(this.closed.length > 0, 'ClosedProposers: there is a first one');
    this.closed.shift();
  }
}
