import type { Malformed } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import type { WantedLock } from '../../commands/holder.js';
import type { AcquireCommand } from '../../commands/lock-command.js';
import type { Deadlock, Full, Queued } from '../../commands/lock-result.js';
import { namedCycle, type CycleEdge } from '../../graph/deadlock-search.js';
import { PLACES_PER_HOLDER_MAX, QUEUE_MAX, SOFT_EDGES_MAX, WAITERS_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { isClear, isGrantable } from '../granting/clearance.js';
import { finish } from '../granting/pump.js';
import type { Place } from '../queue/place.js';
import type { Party } from '../state/party.js';
import { Waiter } from '../state/waiter.js';

/** A place of a waiting multi-lock that the new request has passed. */
interface Passed {
  readonly place: Place;
  readonly rank: number;
  readonly previous: Place | null;
}

/**
 * A new request in its queues, on trial: whether it can be granted, may wait, or closes a cycle
 * depends on where it stands there. It ends by `undo` or `wait`.
 */
export class Queueing {
  private readonly waiter: Waiter;
  private readonly passed: Passed[] = [];
  private lastNumber: number;

  constructor(
    private readonly change: Change,
    private readonly command: AcquireCommand,
    party: Party,
  ) {
    const { memory, context } = change;
    const { ttlMs, lockDelayMs, metadata } = command;
    this.lastNumber = memory.lastWaiter + 1;
    this.waiter = new Waiter(
      this.lastNumber,
      party,
      command.locks.map(({ name, mode }) => ({ lock: memory.lockFor(name), mode })),
      { ttlMs, lockDelayMs, metadata, sinceMs: change.nowMs, idempotency: context.idempotency },
      context.proposer === null ? [] : [context.proposer],
    );
    for (const place of this.waiter.places) {
      place.lock.join(place);
      party.addPlace(place);
    }
  }

  /** The first lock of the request that it cannot have at once. */
  firstBlocked(): WantedLock | undefined {
    const at = this.waiter.places.findIndex((place) => !isClear(this.change.memory, place));
    return this.command.locks[at];
  }

  undo(): void {
    const { memory } = this.change;
    for (const place of this.waiter.places) {
      place.lock.leave(place);
      place.party.removePlace(place);
      memory.dropIfIdle(place.lock);
    }
  }

  /**
   * Waits, unless that would be for ever. `passed`: it let go of its places again, because it need
   * not wait behind the multi-locks that it has passed.
   */
  wait(): Queued | Deadlock | Full | Malformed | 'passed' {
    const refusal = this.refusal();
    if (refusal !== null) {
      this.undo();
      return refusal;
    }
    const cycle = this.mayCloseCycle() ? this.passMultiLocks() : null;
    if (cycle !== null) return this.refuse(cycle);
    const { change, waiter } = this;
    const { memory, records } = change;
    if (this.passed.length > 0) {
      memory.lastWaiter = this.lastNumber;
      for (const moved of new Set(this.passed.map(({ place }) => place.waiter))) {
        moved.blockedAt = null;
        records.putWaiter(moved);
      }
      for (const { place } of this.passed) change.touch(place.lock);
      if (isGrantable(memory, waiter)) {
        this.undo();
        return 'passed';
      }
    }
    memory.lastWaiter = this.lastNumber;
    memory.addWaiter(waiter);
    records.putWaiter(waiter);
    const { id: waiterId, upgrade, proposers, sessionId, owner } = waiter;
    const locks = this.command.locks;
    change.effects.push({ kind: 'queued', waiterId, sessionId, owner, locks, proposers });
    finish(change);
    return { status: 'queued', waiterId, upgrade };
  }

  private refusal(): Full | Malformed | null {
    const { memory } = this.change;
    const { places, party, proposers } = this.waiter;
    if (proposers.length === 0) {
      return { status: 'malformed', message: 'a request that waits has a proposer' };
    }
    if (memory.placeCount + places.length > WAITERS_MAX) return { status: 'full', what: 'waiters' };
    const crowded = places.some(
      ({ lock }) =>
        lock.queueLength > QUEUE_MAX || lock.placesOf(party).length > PLACES_PER_HOLDER_MAX,
    );
    return crowded ? { status: 'full', what: 'queue' } : null;
  }

  /** Nobody can wait for a party that holds nothing, waits nowhere else and has nobody behind. */
  private mayCloseCycle(): boolean {
    const { party, places } = this.waiter;
    if (party.holdCount > 0 || party.places.size > places.length) return true;
    return places.some(({ next }) => next !== null);
  }

  /**
   * Breaks the cycles of the new request that exist only because it queues behind a waiting
   * multi-lock: that one holds nothing yet, so it lets the request pass. (PostgreSQL calls the edge
   * between two waiters a soft one, and also reorders its queues.)
   *
   * @returns a cycle that is left, with everybody back in place; null when there is none.
   */
  private passMultiLocks(): readonly CycleEdge[] | null {
    const { search } = this.change;
    const { party } = this.waiter;
    let cycle = search.find(party);
    while (cycle !== null && this.passed.length < SOFT_EDGES_MAX) {
      const soft = this.softPlace(cycle);
      if (soft === undefined) break;
      this.pass(soft);
      cycle = search.find(party);
      for (const { place } of this.passed) cycle ??= search.find(place.party);
    }
    if (cycle === null || this.passed.length === 0) return cycle;
    for (const { place, rank, previous } of this.passed.toReversed()) {
      place.lock.queue?.putBack(place, rank, previous);
    }
    // Told is the cycle of the queues as they stay.
    return search.find(party) ?? cycle;
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

  /**
   * A multi-lock on the cycle that the request, or one that it has passed, would only wait for in
   * the queue where it stands: one that was passed may wait now for one that was behind it.
   */
  private softPlace(cycle: readonly CycleEdge[]): Place | undefined {
    const { party } = this.waiter;
    for (const [start, { place: first }] of cycle.entries()) {
      const begins = start === 0 && first.party === party;
      if (!begins && !this.isPassed(first)) continue;
      for (const { place, at } of cycle.slice(start)) {
        if (place.lock !== first.lock || at === null || at.waiter === this.waiter) break;
        const soft = at.waiter.multiple && !at.upgrade && at.party !== party;
        if (soft && !this.isPassed(at)) return at;
      }
    }
    return undefined;
  }

  private isPassed(place: Place): boolean {
    return this.passed.some((passed) => passed.place === place);
  }

  private refuse(cycle: readonly CycleEdge[]): Deadlock {
    const { change, command, waiter } = this;
    const edges = namedCycle(cycle);
    const name = cycle[0]?.place.lock.name;
    const wanted = command.locks.find((lock) => lock.name === name) ?? command.locks[0];
    invariant(wanted !== undefined, 'Queueing: a request asks for a lock');
    const { sessionId, owner } = waiter;
    this.undo();
    change.effects.push({ kind: 'deadlock', sessionId, owner, ...wanted, cycle: edges });
    return { status: 'deadlock', cycle: edges };
  }
}
