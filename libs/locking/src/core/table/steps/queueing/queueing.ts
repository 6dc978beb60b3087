import type { Malformed } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import type { WantedLock } from '../../../commands/holder.js';
import type { AcquireCommand } from '../../../commands/lock-command.js';
import type { Deadlock, Full, Queued } from '../../../commands/lock-result.js';
import { namedCycle, type CycleEdge } from '../../../graph/deadlock-search.js';
import { PLACES_PER_HOLDER_MAX, QUEUE_MAX, WAITERS_MAX } from '../../../limits.js';
import type { Change } from '../../change.js';
import { isClear, isGrantable } from '../../granting/clearance.js';
import { finish } from '../../granting/pump.js';
import type { Place } from '../../queue/place.js';
import type { Party } from '../../state/party.js';
import { Waiter } from '../../state/waiter.js';
import { Passing } from './passing.js';

/**
 * A new request in its queues, on trial: whether it can be granted, may wait, or closes a cycle
 * depends on where it stands there. It ends by `undo` or `wait`.
 */
export class Queueing {
  private readonly waiter: Waiter;

  constructor(
    private readonly change: Change,
    private readonly command: AcquireCommand,
    party: Party,
  ) {
    const { memory, context } = change;
    const { ttlMs, lockDelayMs, metadata } = command;
    this.waiter = new Waiter(
      memory.lastWaiter + 1,
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
    const { change, waiter } = this;
    const { memory, records } = change;
    const passing = new Passing(change.search, waiter);
    const cycle = this.mayCloseCycle() ? passing.breakCycles() : null;
    if (cycle !== null) return this.refuse(cycle);
    memory.lastWaiter = passing.lastNumber;
    if (this.letPass(passing.places)) return 'passed';
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

  /** Keeps who was passed where it stands now. @returns whether nothing else is in the way. */
  private letPass(places: readonly Place[]): boolean {
    if (places.length === 0) return false;
    const { change, waiter } = this;
    for (const moved of new Set(places.map((place) => place.waiter))) {
      moved.blockedAt = null;
      change.records.putWaiter(moved);
    }
    for (const { lock } of places) change.touch(lock);
    if (!isGrantable(change.memory, waiter)) return false;
    this.undo();
    return true;
  }

  /** Nobody can wait for a party that holds nothing, waits nowhere else and has nobody behind. */
  private mayCloseCycle(): boolean {
    const { party, places } = this.waiter;
    if (party.holdCount > 0 || party.places.size > places.length) return true;
    return places.some(({ next }) => next !== null);
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
