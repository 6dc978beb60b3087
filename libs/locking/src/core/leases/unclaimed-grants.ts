import { invariant } from '@sinkron/invariant';

interface UnclaimedGrant {
  /** Who may still claim it. */
  proposers: readonly string[];
  readonly holdIds: Set<number>;
  /** Nobody is left to claim it, and so it is, or is about to be, proposed to be given back. */
  abandoned: boolean;
}

/**
 * Grants of waiters that this leader saw and that no proposer has claimed: told to nobody yet.
 *
 * When the last proposer that could claim one is closed, its client is gone with its node, and the
 * leader has it given back, or the lock would rest for a whole time to live. A grant of an earlier
 * term is not here: it may have been claimed from the leader of that term, so that a client may
 * believe in it, and it ends by its lease only. From the moment a grant is abandoned no claim of it
 * is answered.
 *
 * Invariant: `byHold` and `byProposer` name exactly the waiters of `byWaiter`.
 */
export class UnclaimedGrants {
  private readonly byWaiter = new Map<number, UnclaimedGrant>();
  private readonly byHold = new Map<number, Set<number>>();
  private readonly byProposer = new Map<string, Set<number>>();
  /** Abandoned and not yet taken. */
  private readonly untaken = new Set<number>();

  get size(): number {
    return this.byWaiter.size;
  }

  /** A waiter was granted a hold; a multi-lock is granted several, one call each. */
  add(waiterId: number, holdId: number, proposers: readonly string[]): void {
    let grant = this.byWaiter.get(waiterId);
    if (grant === undefined) {
      grant = { proposers, holdIds: new Set(), abandoned: false };
      this.byWaiter.set(waiterId, grant);
      for (const proposer of proposers) addTo(this.byProposer, proposer, waiterId);
    }
    grant.holdIds.add(holdId);
    addTo(this.byHold, holdId, waiterId);
    if (proposers.length === 0) this.abandon(waiterId, grant);
  }

  /** Whether `proposer` may be told of this waiter's grant. One not known here was claimed before. */
  claimable(waiterId: number, proposer: string): boolean {
    const grant = this.byWaiter.get(waiterId);
    return grant === undefined || (!grant.abandoned && grant.proposers.includes(proposer));
  }

  /** The waiters of a hold whose grants nobody has claimed. */
  waitersOf(holdId: number): readonly number[] {
    return [...(this.byHold.get(holdId) ?? [])];
  }

  proposersOf(waiterId: number): readonly string[] {
    return this.byWaiter.get(waiterId)?.proposers ?? [];
  }

  /** The grant was claimed, or nothing is left of it. */
  forget(waiterId: number): void {
    const grant = this.byWaiter.get(waiterId);
    if (grant === undefined) return;
    for (const holdId of grant.holdIds) removeFrom(this.byHold, holdId, waiterId);
    for (const proposer of grant.proposers) removeFrom(this.byProposer, proposer, waiterId);
    this.byWaiter.delete(waiterId);
    this.untaken.delete(waiterId);
  }

  /** The proposer claims nothing more. */
  closed(proposer: string): void {
    const waiters = this.byProposer.get(proposer);
    if (waiters === undefined) return;
    this.byProposer.delete(proposer);
    for (const waiterId of waiters) {
      const grant = this.byWaiter.get(waiterId);
      invariant(grant !== undefined, 'UnclaimedGrants: byProposer names waiters of byWaiter', {
        proposer,
        waiterId,
      });
      grant.proposers = grant.proposers.filter((other) => other !== proposer);
      if (grant.proposers.length === 0) this.abandon(waiterId, grant);
    }
  }

  /** Takes abandoned waiters with at most `holdsMax` holds together, but at least one waiter. */
  takeAbandoned(holdsMax: number): readonly number[] {
    const taken: number[] = [];
    let holds = 0;
    for (const waiterId of this.untaken) {
      holds += this.byWaiter.get(waiterId)?.holdIds.size ?? 0;
      if (taken.length > 0 && holds > holdsMax) break;
      taken.push(waiterId);
      this.untaken.delete(waiterId);
    }
    return taken;
  }

  /** What was taken was not done: it is taken again. */
  refused(waiters: readonly number[]): void {
    for (const waiterId of waiters) {
      if (this.byWaiter.get(waiterId)?.abandoned === true) this.untaken.add(waiterId);
    }
  }

  clear(): void {
    this.byWaiter.clear();
    this.byHold.clear();
    this.byProposer.clear();
    this.untaken.clear();
  }

  private abandon(waiterId: number, grant: UnclaimedGrant): void {
    grant.abandoned = true;
    this.untaken.add(waiterId);
  }
}

function addTo<Key>(waiters: Map<Key, Set<number>>, key: Key, waiterId: number): void {
  const known = waiters.get(key);
  if (known === undefined) waiters.set(key, new Set([waiterId]));
  else known.add(waiterId);
}

function removeFrom<Key>(waiters: Map<Key, Set<number>>, key: Key, waiterId: number): void {
  const known = waiters.get(key);
  known?.delete(waiterId);
  if (known?.size === 0) waiters.delete(key);
}
