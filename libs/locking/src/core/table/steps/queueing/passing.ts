import { invariant } from '@sinkron/invariant';
import type { CycleEdge, DeadlockSearch } from '../../../graph/deadlock-search.js';
import { PASSING_STEPS_MAX, PASSINGS_TRIED_MAX, SOFT_EDGES_MAX } from '../../../limits.js';
import { comparePlaces, type Place } from '../../queue/place.js';
import type { Party } from '../../state/party.js';
import type { Waiter } from '../../state/waiter.js';

/** A place of a waiting multi-lock that the new request has passed, and where it was. */
interface Passed {
  readonly place: Place;
  readonly rank: number;
  readonly previous: Place | null;
}

/**
 * Breaks the cycles of a new request that exist only because it queues behind waiting multi-locks:
 * these hold nothing yet, so they let it pass. (PostgreSQL calls the edge between two waiters a soft
 * one, and also reorders its queues.)
 *
 * Which ones have to let it pass is a search. Whoever is sent to the tail waits for others there, and
 * may close a cycle by that; then others are sent there too, or it was the wrong one. A cycle is broken
 * only by a place on it, so all sets are met that can help, within `PASSINGS_TRIED_MAX` and
 * `PASSING_STEPS_MAX`.
 */
export class Passing {
  /** The last number that was given away: the request's own, or the rank of one that it has passed. */
  lastNumber: number;
  private readonly passed: Passed[] = [];
  /** Sets of places that do not help, nor with others. */
  private readonly tried = new Set<string>();
  private readonly stepsBefore: number;
  /** A cycle was met that nobody can break. */
  private hopeless = false;

  /** @param waiter stands in its queues already. */
  constructor(
    private readonly search: DeadlockSearch,
    private readonly waiter: Waiter,
  ) {
    this.lastNumber = waiter.id;
    this.stepsBefore = this.steps;
  }

  /** The places that were sent to the tails of their queues. */
  get places(): readonly Place[] {
    return this.passed.map(({ place }) => place);
  }

  /** @returns a cycle that is left, with everybody back in place; null when there is none. */
  breakCycles(): readonly CycleEdge[] | null {
    const cycle = this.search.find(this.party);
    return cycle === null || this.breakCycle(cycle) ? null : cycle;
  }

  private get party(): Party {
    return this.waiter.party;
  }

  /** @returns whether no cycle is left; if not, who was passed meanwhile is back in place. */
  private breakCycle(cycle: readonly CycleEdge[]): boolean {
    if (this.passed.length === SOFT_EDGES_MAX) return false;
    const softPlaces = this.softPlaces(cycle);
    if (softPlaces.size === 0 && this.staysWhoeverPasses(cycle)) this.hopeless = true;
    for (const soft of softPlaces) {
      if (this.exhausted) break;
      this.pass(soft);
      const set = this.setName;
      if (!this.tried.has(set)) {
        const next = this.findCycle();
        if (next === null || this.breakCycle(next)) return true;
        this.tried.add(set);
      }
      this.takeBack();
    }
    return false;
  }

  /**
   * Whether no edge of a cycle without soft places is there only because somebody was sent to a tail: by that
   * the place itself waits for more, or another one of its party, which stood behind it.
   */
  private staysWhoeverPasses(cycle: readonly CycleEdge[]): boolean {
    const moved = new Set(this.passed.map(({ place }) => place.party));
    return cycle.every(({ place, at }) => at === null || !moved.has(place.party));
  }

  /** The first way is gone to its end, however large the graph. */
  private get exhausted(): boolean {
    if (this.hopeless || this.tried.size > PASSINGS_TRIED_MAX) return true;
    return this.tried.size > 0 && this.steps - this.stepsBefore > PASSING_STEPS_MAX;
  }

  /** Edges met, and places that were given another run in the queues: the same on every replica. */
  private get steps(): number {
    let steps = this.search.edgesMet;
    for (const { lock } of this.waiter.places) steps += lock.queue?.relabelled ?? 0;
    return steps;
  }

  /** Who is passed may wait for itself then. */
  private findCycle(): readonly CycleEdge[] | null {
    let cycle = this.search.find(this.party);
    for (const { place } of this.passed) cycle ??= this.search.find(place.party);
    return cycle;
  }

  /** Those that are passed at one lock keep their order: else they might wait for each other. */
  private pass(soft: Place): void {
    this.passed.push({ place: soft, rank: soft.rank, previous: soft.previous });
    const here = this.passed.filter(({ place }) => place.lock === soft.lock);
    here.sort(
      (left, right) => left.rank - right.rank || left.place.waiter.id - right.place.waiter.id,
    );
    for (const { place } of here) {
      this.lastNumber += 1;
      place.lock.queue?.toTail(place, this.lastNumber);
    }
  }

  /** Puts the last one that was passed back. Those before it stay behind all others, in their order. */
  private takeBack(): void {
    const last = this.passed.pop();
    invariant(last !== undefined, 'Passing: one was passed');
    last.place.lock.queue?.putBack(last.place, last.rank, last.previous);
  }

  /**
   * The multi-locks on the cycle that could let the request pass. First those that it, or one that it
   * has passed, waits for where the cycle begins: one that was passed may wait now for one that was
   * behind it. Of these the last one first, which leads on to another lock: those before it may wait for it
   * only. Then those that somebody else waits for, ahead of the request.
   */
  private softPlaces(cycle: readonly CycleEdge[]): ReadonlySet<Place> {
    const places: Place[] = [];
    for (const [start, { place: first }] of cycle.entries()) {
      const begins = start === 0 && first.party === this.party;
      if (!begins && !this.isPassed(first)) continue;
      const run: Place[] = [];
      for (const { place, at } of cycle.slice(start)) {
        if (place.lock !== first.lock || at === null || at.waiter === this.waiter) break;
        run.push(at);
      }
      places.push(...run.toReversed());
    }
    const others = cycle.flatMap(({ at }) => (at !== null && this.isAhead(at) ? [at] : []));
    return new Set([...places, ...others].filter((place) => this.isSoft(place)));
  }

  /** Whether the request stands behind the place, and waits there. */
  private isAhead(place: Place): boolean {
    const own = this.waiter.places.find(({ lock }) => lock === place.lock);
    return own !== undefined && !own.covered && comparePlaces(place, own) < 0;
  }

  private isSoft(place: Place): boolean {
    const { waiter, upgrade, party } = place;
    return waiter.multiple && !upgrade && party !== this.party && !this.isPassed(place);
  }

  private isPassed(place: Place): boolean {
    return this.passed.some((passed) => passed.place === place);
  }

  private get setName(): string {
    const names = this.passed.map(({ place }) => `${place.waiter.id} ${place.lock.name}`);
    return names.toSorted().join('\n');
  }
}
