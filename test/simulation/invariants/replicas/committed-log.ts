import { expectPromise } from '../../world/violation.js';

/** Where a replica that commits looks its entries up. */
export interface CommittingReplica {
  readonly node: string;
  readonly term: number;
  readonly leads: boolean;
  readonly commitIndex: number;
  /** The entry before the first one that its log keeps. */
  readonly baseIndex: number;
  termAt(index: number): number | undefined;
}

/** What is committed stays as it is, on every replica and for ever (Raft §5.4). */
export class CommittedLog {
  /** Term of each committed entry; that of index i stands at i - 1. */
  private readonly terms: number[] = [];
  /** The highest index that a replica of this term (or an earlier one) saw committed. */
  private readonly lastByTerm = new Map<number, number>();

  get lastIndex(): number {
    return this.terms.length;
  }

  termAt(index: number): number | undefined {
    return this.terms[index - 1];
  }

  /** A replica's commit index went beyond `from`. @returns the entries nobody committed before. */
  committed(replica: CommittingReplica, from: number): readonly number[] {
    const news: number[] = [];
    for (let index = from + 1; index <= replica.commitIndex; index += 1) {
      const known = this.terms[index - 1];
      // Of what came with a snapshot only the last entry is known here; others had committed it.
      const term = index < replica.baseIndex ? known : replica.termAt(index);
      expectPromise(term !== undefined, 'a replica has what it commits', {
        node: replica.node,
        index,
      });
      expectPromise(known === undefined || known === term, 'committed entries never change', {
        node: replica.node,
        index,
        term,
        known,
      });
      if (known !== undefined) continue;
      this.terms.push(term);
      news.push(index);
    }
    if (news.length === 0) return news;
    this.lastByTerm.set(replica.term, this.terms.length);
    // Raft §5.4.2: what is of an earlier term is committed with it, never by itself.
    expectPromise(
      !replica.leads || this.terms.at(-1) === replica.term,
      'a leader commits entries of its own term',
      { node: replica.node, term: replica.term, index: news.at(-1), of: this.terms.at(-1) },
    );
    return news;
  }

  /** The last entry that had been committed in a term before `term`; 0 when none had. */
  lastCommittedBefore(term: number): number {
    let last = 0;
    for (const [committedIn, index] of this.lastByTerm) {
      if (committedIn < term) last = Math.max(last, index);
    }
    return last;
  }
}
