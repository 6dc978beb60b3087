import { invariant, unreachable } from '@sinkron/invariant';
import type { LockEffect } from '../commands/lock-effect.js';
import type { EventPage, LockEvent } from '../commands/lock-event.js';
import type { EventsQuery } from '../commands/lock-query.js';
import { EVENT_CYCLE_EDGES_MAX, EVENTS_MAX } from '../limits.js';

/** A place between events: after event `place` of entry `index`, where 0 is before the first. */
interface Position {
  readonly index: number;
  readonly place: number;
}

interface Recorded extends Position {
  /** Its id is made when somebody reads it: most are never read. */
  readonly event: Omit<LockEvent, 'id'>;
}

/**
 * What happened to locks lately, remembered by every replica under the same ids.
 *
 * It is made by applying, so it begins anew where applying begins: a restart or a snapshot forgets
 * what was before, and who asks from there is told to reset. A replica that was opened and has
 * applied nothing yet cannot name its place in the log, so it answers an id of its opening, with
 * index 0; another opening does not know it.
 *
 * Invariant: ids ascend; at most EVENTS_MAX events, the youngest.
 */
export class LockEvents {
  /** A ring: event number n stands at n % EVENTS_MAX. */
  private readonly ring: Recorded[] = [];
  /** How many events were recorded since the opening. */
  private recorded = 0;
  /** The first entry applied since the opening: from its beginning on nothing was missed. */
  private firstIndex: number | undefined;
  private lastIndex = 0;
  /** Names the opening, once somebody asked. */
  private openedAs: number | undefined;

  /** The machine was opened: what was before is forgotten. */
  open(): void {
    this.ring.length = 0;
    this.recorded = 0;
    this.firstIndex = undefined;
    this.lastIndex = 0;
    this.openedAs = undefined;
  }

  /** Records what one command of an entry did. */
  record(
    effects: readonly LockEffect[],
    { index, logTimeMs }: { index: number; logTimeMs: number },
  ): void {
    invariant(index >= this.lastIndex, 'LockEvents: entries are applied in order', {
      index,
      lastIndex: this.lastIndex,
    });
    this.firstIndex ??= index;
    this.lastIndex = index;
    const atMs = Math.floor(logTimeMs);
    for (const effect of effects) {
      for (const event of eventsOf(effect)) this.add({ ...event, atMs }, index);
    }
  }

  /** @param wallMs names the opening when nothing else can. */
  page({ after, prefix, limit }: Omit<EventsQuery, 'kind'>, wallMs: number): EventPage {
    const newest = this.newest(wallMs);
    if (after === null) return { events: [], last: textOf(newest), reset: false };
    const asked = positionOf(after);
    const next = asked === undefined ? undefined : this.resume(asked);
    const reset = next === undefined;
    const events: LockEvent[] = [];
    for (let at = next ?? this.oldest; at < this.recorded; at += 1) {
      const recorded = this.at(at);
      if (!recorded.event.name.startsWith(prefix)) continue;
      const id = textOf(recorded);
      events.push({ id, ...recorded.event });
      if (events.length === limit) return { events, last: id, reset };
    }
    // A replica that lags behind the one that was asked before does not lead back.
    const isAhead = asked !== undefined && !reset && isAfter(asked, newest);
    return { events, last: isAhead ? after : textOf(newest), reset };
  }

  private get oldest(): number {
    return Math.max(0, this.recorded - EVENTS_MAX);
  }

  private add(event: Omit<LockEvent, 'id'>, index: number): void {
    const before = this.recorded === 0 ? undefined : this.at(this.recorded - 1);
    const place = before?.index === index ? before.place + 1 : 1;
    this.ring[this.recorded % EVENTS_MAX] = { index, place, event };
    this.recorded += 1;
  }

  private at(number: number): Recorded {
    const recorded = this.ring[number % EVENTS_MAX];
    invariant(recorded !== undefined, 'LockEvents: a remembered event is in the ring', { number });
    return recorded;
  }

  /** The place behind everything that is known. */
  private newest(wallMs: number): Position {
    if (this.recorded > 0) return this.at(this.recorded - 1);
    if (this.firstIndex !== undefined) return { index: this.firstIndex, place: 0 };
    this.openedAs ??= Math.floor(wallMs);
    return { index: 0, place: this.openedAs };
  }

  /** The number of the first event after `asked`; undefined when some may have been forgotten. */
  private resume(asked: Position): number | undefined {
    const complete = this.oldest === 0;
    if (asked.index === 0) return complete && asked.place === this.openedAs ? 0 : undefined;
    if (this.firstIndex === undefined || asked.index < this.firstIndex) return undefined;
    const next = this.firstAfter(asked);
    return complete || next > this.oldest ? next : undefined;
  }

  private firstAfter(position: Position): number {
    let low = this.oldest;
    let high = this.recorded;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isAfter(this.at(middle), position)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function isAfter(left: Position, right: Position): boolean {
  return left.index === right.index ? left.place > right.place : left.index > right.index;
}

function positionOf(id: string): Position | undefined {
  const [, index, place] = /^(\d{1,16})-(\d{1,16})$/.exec(id) ?? [];
  if (index === undefined || place === undefined) return undefined;
  return { index: Number(index), place: Number(place) };
}

function textOf({ index, place }: Position): string {
  return `${index}-${place}`;
}

/** A hold's event tells that it began or ended; what only counts it up or down is none. */
function eventsOf(effect: LockEffect): readonly Omit<LockEvent, 'id' | 'atMs'>[] {
  switch (effect.kind) {
    case 'granted':
      return effect.reentrant ? [] : [holdEvent(effect)];
    case 'released':
      return effect.holds > 0 ? [] : [holdEvent(effect)];
    case 'expired':
    case 'broken':
      return [holdEvent(effect)];
    case 'queued': {
      const { kind, owner, sessionId } = effect;
      return effect.locks.map(({ name, mode }) => {
        return { kind, name, owner, sessionId, mode, token: null };
      });
    }
    case 'deadlock': {
      const { kind, name, owner, sessionId, mode } = effect;
      const cycle = effect.cycle.slice(0, EVENT_CYCLE_EDGES_MAX);
      return [{ kind, name, owner, sessionId, mode, token: null, cycle }];
    }
    case 'renewed':
    case 'left':
    case 'claimed':
    case 'session-created':
    case 'session-ended':
    case 'delay-started':
    case 'delay-ended':
    case 'proposer-closed':
    case 'unabandoned':
    case 'swept':
      return [];
    default:
      return unreachable(effect);
  }
}

function holdEvent(
  effect: Extract<LockEffect, { kind: 'granted' | 'released' | 'expired' | 'broken' }>,
): Omit<LockEvent, 'id' | 'atMs'> {
  const { kind, name, owner, sessionId, mode, token } = effect;
  return { kind, name, owner, sessionId, mode, token };
}
