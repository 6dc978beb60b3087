import { decode } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import type { RecordChange } from '../node/observed-machine.js';
import { expectPromise } from '../world/violation.js';

export type Mode = 'exclusive' | 'shared';

export interface PictureHold {
  readonly holdId: number;
  readonly name: string;
  readonly party: string;
  readonly owner: string;
  readonly sessionId: string | null;
  mode: Mode;
  token: number;
  holds: number;
}

/** One place of a waiter in the queue of one lock. */
export interface PicturePlace {
  readonly waiter: PictureWaiter;
  readonly name: string;
  readonly mode: Mode;
  /** As the record has it; see `QueueOrder`. */
  rank: number;
}

export interface PictureWaiter {
  readonly waiterId: number;
  readonly party: string;
  readonly owner: string;
  readonly places: readonly PicturePlace[];
  /** The term in which it began to wait. */
  readonly term: number;
}

export interface PictureDelay {
  readonly delayMs: number;
  /** When the first replica began it, virtual microseconds. */
  readonly sinceUs: number;
}

/** Who holds or waits: an owner, in a session or without one. */
export function partyOf({ sessionId, owner }: { sessionId: string | null; owner: string }): string {
  return `${sessionId ?? ''}/${owner}`;
}

export function compatible(left: Mode, right: Mode): boolean {
  return left === 'shared' && right === 'shared';
}

export function covers(held: Mode, wanted: Mode): boolean {
  return held === 'exclusive' || wanted === 'shared';
}

/**
 * Who holds what and who waits where at one position of the log, drawn from nothing but what the
 * machine said that it did, and from the ranks of its records.
 */
export class LockPicture {
  readonly holds = new Map<number, PictureHold>();
  readonly waiters = new Map<number, PictureWaiter>();
  readonly delays = new Map<string, PictureDelay>();
  readonly sessions = new Set<string>();

  holdersOf(name: string): readonly PictureHold[] {
    return [...this.holds.values()].filter((hold) => hold.name === name);
  }

  holdOf(name: string, party: string): PictureHold | undefined {
    return this.holdersOf(name).find((hold) => hold.party === party);
  }

  /** In the order of the queue: upgrades, then by rank, then by waiter. */
  queueOf(name: string): readonly PicturePlace[] {
    const places = [...this.waiters.values()].flatMap((waiter) =>
      waiter.places.filter((place) => place.name === name),
    );
    return places.sort((left, right) => this.compare(left, right));
  }

  isUpgrade({ name, mode, waiter }: PicturePlace): boolean {
    const hold = this.holdOf(name, waiter.party);
    return hold !== undefined && !covers(hold.mode, mode);
  }

  /** Whether its party holds enough already. */
  isCovered({ name, mode, waiter }: PicturePlace): boolean {
    const hold = this.holdOf(name, waiter.party);
    return hold !== undefined && covers(hold.mode, mode);
  }

  apply(effect: LockEffect, term: number, nowUs: number): void {
    switch (effect.kind) {
      case 'granted':
        if (effect.waiterId !== null) this.waiters.delete(effect.waiterId);
        return this.grant(effect);
      case 'released':
        return this.giveBack(effect.holdId, effect.holds);
      case 'expired':
      case 'broken':
        this.holds.delete(effect.holdId);
        return;
      case 'queued':
        return this.queue(effect, term);
      case 'left':
        this.waiters.delete(effect.waiterId);
        return;
      case 'delay-started':
        this.delays.set(effect.name, { delayMs: effect.delayMs, sinceUs: nowUs });
        return;
      case 'delay-ended':
        this.delays.delete(effect.name);
        return;
      case 'session-created':
        this.sessions.add(effect.sessionId);
        return;
      case 'session-ended':
        this.sessions.delete(effect.sessionId);
        return;
      case 'renewed':
      case 'claimed':
      case 'deadlock':
      case 'proposer-closed':
      case 'unabandoned':
      case 'swept':
    }
  }

  /** Takes over the ranks that a command wrote. @returns the places that were ranked before. */
  rank(changes: readonly RecordChange[]): readonly PicturePlace[] {
    const moved: PicturePlace[] = [];
    const records = changes.filter(({ table }) => table === 'waiters');
    for (const [key, value] of new Map(records.map((change) => [change.key, change.value]))) {
      if (value === null) continue;
      const waiter = this.waiters.get(Number(key));
      for (const place of waiter?.places ?? []) {
        const rank = rankIn(decode(value), place.name);
        if (place.rank === rank) continue;
        if (place.rank !== 0) moved.push(place);
        place.rank = rank;
      }
    }
    return moved;
  }

  private grant(effect: Extract<LockEffect, { kind: 'granted' }>): void {
    const { holdId, name, owner, sessionId, mode, token, holds } = effect;
    const hold = this.holds.get(holdId);
    if (hold === undefined) {
      const party = partyOf(effect);
      this.holds.set(holdId, { holdId, name, party, owner, sessionId, mode, token, holds });
      return;
    }
    Object.assign(hold, { mode, token, holds });
  }

  private giveBack(holdId: number, holds: number): void {
    const hold = this.holds.get(holdId);
    expectPromise(hold !== undefined, 'what is released was held', { holdId });
    hold.holds = holds;
    if (holds === 0) this.holds.delete(holdId);
  }

  private queue(effect: Extract<LockEffect, { kind: 'queued' }>, term: number): void {
    const { waiterId, owner, locks } = effect;
    const places: PicturePlace[] = [];
    const waiter = { waiterId, party: partyOf(effect), owner, places, term };
    for (const { name, mode } of locks) places.push({ waiter, name, mode, rank: 0 });
    this.waiters.set(waiterId, waiter);
  }

  private compare(left: PicturePlace, right: PicturePlace): number {
    const leftUpgrade = this.isUpgrade(left);
    if (leftUpgrade !== this.isUpgrade(right)) return leftUpgrade ? -1 : 1;
    if (!leftUpgrade && left.rank !== right.rank) return left.rank - right.rank;
    return left.waiter.waiterId - right.waiter.waiterId;
  }
}

/** The rank that a waiter's record has for a lock. */
function rankIn(record: unknown, name: string): number {
  const requests = field(record, 'requests');
  const request = Array.isArray(requests)
    ? requests.find((candidate) => field(candidate, 'name') === name)
    : undefined;
  const rank = field(request, 'rank');
  expectPromise(typeof rank === 'number', 'a waiter has a rank in each of its queues', { name });
  return rank;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
