import { invariant } from '@sinkron/invariant';
import { WaitQueue } from '../queue/wait-queue.js';
import type { Place } from '../queue/place.js';
import type { Hold } from './hold.js';
import { covers } from './modes.js';
import type { Party } from './party.js';

/** The rest of a lock after a holder failed: nobody is granted it meanwhile. */
export interface LockDelay {
  readonly delayMs: number;
  /** The entry that began it. */
  readonly leaseIndex: number;
}

/** Holds that an operator took away and whose records are not all swept yet. */
export interface Wreck {
  /** The last token of then: holds up to it are broken. */
  throughId: number;
  /** In the order of their ids. */
  readonly holds: Set<Hold>;
}

/**
 * A lock that somebody holds or waits for, or that rests. It has no record of its own; holds,
 * waiters and delays have.
 *
 * Invariant: one hold per party; the living holds are all shared, or there is one.
 */
export class Lock {
  /** In the order of their ids. Those of ended sessions stay until they are swept. */
  readonly holders = new Map<Party, Hold>();
  /** The exclusive hold, if the newest hold is one. It may be dead. */
  exclusive: Hold | null = null;
  delay: LockDelay | null = null;
  wreck: Wreck | null = null;
  /** The number of the search that looked at all its holders last. */
  reachedIn = 0;
  /** What LockMemory found out about dead holders, and after how many ends of sessions. */
  deadDelayFound = false;
  deadDelayAsOf = -1;
  private waiting: WaitQueue | null = null;

  constructor(readonly name: string) {}

  /** Null while nobody waits. */
  get queue(): WaitQueue | null {
    return this.waiting;
  }

  get queueLength(): number {
    return this.waiting?.length ?? 0;
  }

  /** Whether nothing keeps it in memory. */
  get idle(): boolean {
    return (
      this.holders.size === 0 && this.waiting === null && this.delay === null && this.wreck === null
    );
  }

  /** The living exclusive hold. */
  get exclusiveHold(): Hold | null {
    return this.exclusive === null || this.exclusive.dead ? null : this.exclusive;
  }

  /** The living holds in the order of their ids. */
  *liveHolds(): Generator<Hold, void, undefined> {
    for (const hold of this.holders.values()) if (!hold.dead) yield hold;
  }

  hasOtherHolder(party: Party): boolean {
    for (const hold of this.holders.values()) if (hold.party !== party && !hold.dead) return true;
    return false;
  }

  placesOf(party: Party): readonly Place[] {
    return this.waiting?.placesOf(party) ?? [];
  }

  addHold(hold: Hold): void {
    this.holders.set(hold.party, hold);
    if (hold.mode === 'exclusive') this.exclusive = hold;
    this.deadDelayAsOf = -1;
  }

  removeHold(hold: Hold): void {
    if (this.holders.get(hold.party) === hold) this.holders.delete(hold.party);
    else this.wreck?.holds.delete(hold);
    if (this.exclusive === hold) this.exclusive = null;
    this.deadDelayAsOf = -1;
  }

  /** Takes the lock from all holders at once; their records are swept later. */
  breakThrough(lastToken: number): void {
    this.wreck ??= { throughId: lastToken, holds: new Set() };
    this.wreck.throughId = lastToken;
    for (const hold of this.holders.values()) {
      hold.broken = true;
      this.wreck.holds.add(hold);
    }
    this.holders.clear();
    this.exclusive = null;
    this.deadDelayAsOf = -1;
  }

  join(place: Place): void {
    this.waiting ??= new WaitQueue();
    this.relate(place, this.waiting);
    this.waiting.join(place);
  }

  leave(place: Place): void {
    invariant(this.waiting !== null, 'Lock: who leaves has waited', { name: this.name });
    this.waiting.leave(place);
    this.waiting.covered.delete(place);
    place.covered = false;
    place.upgrade = false;
    if (this.waiting.length === 0) this.waiting = null;
  }

  /** Puts in all who wait, once the holds are there. */
  rebuildQueue(places: readonly Place[]): void {
    const queue = new WaitQueue();
    for (const place of places) this.relate(place, queue);
    queue.rebuild(places);
    this.waiting = queue;
  }

  /**
   * Looks anew at how the places of a party stand to its hold, which was granted or changed.
   *
   * @returns whether one of them moved, because it became an upgrade or is one no more.
   */
  refreshPlaces(party: Party): boolean {
    const queue = this.waiting;
    if (queue === null) return false;
    const hold = this.holders.get(party);
    let moved = false;
    for (const place of queue.placesOf(party).slice()) {
      place.covered = hold !== undefined && covers(hold.mode, place.mode);
      if (place.covered) queue.covered.add(place);
      else queue.covered.delete(place);
      if (hold === undefined || place.upgrade !== place.covered) continue;
      if (place.covered) queue.fromHead(place);
      else queue.toHead(place);
      moved = true;
    }
    return moved;
  }

  validate(): void {
    const living = [...this.liveHolds()];
    const exclusive = living.filter(({ mode }) => mode === 'exclusive');
    invariant(
      exclusive.length === 0 || living.length === 1,
      'Lock: an exclusive hold is the only one',
      { name: this.name, holders: living.length },
    );
    invariant(
      (exclusive[0] ?? null) === this.exclusiveHold,
      'Lock: exclusive is the exclusive hold',
    );
    let previousId = 0;
    for (const [party, hold] of this.holders) {
      invariant(hold.lock === this && hold.party === party, 'Lock: its holds are its own');
      invariant(hold.id > previousId, 'Lock: holds ascend', { name: this.name, id: hold.id });
      invariant(hold.holds >= 1 && !hold.broken, 'Lock: holds >= 1', { name: this.name });
      previousId = hold.id;
    }
    invariant(this.waiting === null || this.waiting.length > 0, 'Lock: no empty queue');
    let covered = 0;
    for (const place of this.waiting ?? []) {
      const hold = this.holders.get(place.party);
      const covering = hold !== undefined && covers(hold.mode, place.mode);
      invariant(place.lock === this && place.covered === covering, 'Lock: covered by a hold');
      invariant(place.upgrade === (hold !== undefined && !covering), 'Lock: upgrades hold shared');
      invariant(covering === this.waiting?.covered.has(place), 'Lock: covered places are known');
      if (covering) covered += 1;
    }
    invariant(covered === (this.waiting?.covered.size ?? 0), 'Lock: covered places wait');
    this.waiting?.validate();
  }

  private relate(place: Place, queue: WaitQueue): void {
    const hold = this.holders.get(place.party);
    place.covered = hold !== undefined && covers(hold.mode, place.mode);
    place.upgrade = hold !== undefined && !place.covered;
    if (place.covered) queue.covered.add(place);
  }
}
