import type { Configuration, ReplicaId } from '@sinkron/consensus';
import { expectPromise } from '../../world/violation.js';
import { logKey } from './log-matching.js';

interface KnownMembers {
  readonly index: number;
  readonly term: number;
  readonly members: Configuration;
}

/** A configuration that was committed, and the one before it. */
export interface MembersStep {
  readonly from: Configuration;
  readonly to: Configuration;
  /** Whether another leader had begun the joint phase that this one ends. */
  readonly adopted: boolean;
}

/**
 * Who the members were: every configuration that a log has held, and the order in which they were
 * committed. Other voters come by a joint configuration only (Raft §6).
 */
export class MembersHistory {
  private readonly written = new Map<number, KnownMembers>();
  private committed: KnownMembers;

  constructor(founders: Configuration) {
    this.committed = { index: 0, term: 0, members: founders };
  }

  get lastCommitted(): Configuration {
    return this.committed.members;
  }

  /** Every configuration that counts or may come to count. */
  get possible(): readonly Configuration[] {
    const later = [...this.written.values()].filter(({ index }) => index > this.committed.index);
    return [this.committed, ...later].map(({ members }) => members);
  }

  wrote(index: number, term: number, members: Configuration): void {
    this.written.set(logKey(index, term), { index, term, members });
  }

  /** The configuration that an entry holds, if it is one. */
  at(index: number, term: number): Configuration | undefined {
    return this.written.get(logKey(index, term))?.members;
  }

  /** An entry was committed for the first time. @returns null when it is no configuration. */
  committedFirst(index: number, term: number): MembersStep | null {
    const next = this.written.get(logKey(index, term));
    if (next === undefined) return null;
    const { members: from, term: begun } = this.committed;
    const { members: to } = next;
    const data = { index, term, from, to };
    const outgoing = from.outgoingVoters.length > 0 ? [] : from.voters;
    expectPromise(
      same(to.outgoingVoters, outgoing) ||
        (to.outgoingVoters.length === 0 && same(to.voters, from.voters)),
      'other voters come by a joint configuration',
      data,
    );
    expectPromise(
      from.outgoingVoters.length === 0 || same(to.voters, from.voters),
      'a joint configuration ends in what it began for',
      data,
    );
    this.committed = next;
    return { from, to, adopted: from.outgoingVoters.length > 0 && begun !== term };
  }
}

function same(some: readonly ReplicaId[], others: readonly ReplicaId[]): boolean {
  return some.length === others.length && some.every((replica) => others.includes(replica));
}
