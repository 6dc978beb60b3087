import type { LockEffect } from '@sinkron/locking';
import {
  compatible,
  type LockPicture,
  type PicturePlace,
  type PictureWaiter,
} from '../../checks/lock-picture.js';
import { expectPromise } from '../../world/violation.js';

type Granted = Extract<LockEffect, { kind: 'granted' }>;

/** A place as it stood before a command. */
interface Stood {
  readonly waiter: PictureWaiter;
  readonly upgrade: boolean;
  readonly rank: number;
}

/**
 * First in, first out: nobody is granted a lock past somebody who came earlier, waits still, and
 * cannot share it with them. Re-entrant grants and upgrades in place are no such grants.
 */
export class GrantOrder {
  /** Places by lock and waiter, as they stood before the command that is looked at. */
  private readonly stood = new Map<string, Stood>();

  before(queues: ReadonlyMap<string, readonly PicturePlace[]>, picture: LockPicture): void {
    this.stood.clear();
    for (const queue of queues.values()) {
      for (const place of queue) {
        const { waiter, rank } = place;
        this.stood.set(keyOf(place), { waiter, rank, upgrade: picture.isUpgrade(place) });
      }
    }
  }

  /** @param moved places that let others pass, by `SoftEdges`. */
  granted(effect: Granted, picture: LockPicture, moved: ReadonlySet<PicturePlace>): void {
    const { name, mode, owner, token, holds } = effect;
    if (effect.reentrant) return;
    const own = this.ownPlace(effect);
    // An upgrade, waited for or at once, stands at the head.
    if (own.upgrade || holds > 1) return;
    for (const place of picture.queueOf(name)) {
      const ahead = this.stood.get(keyOf(place));
      if (ahead === undefined || moved.has(place) || place.waiter.party === own.party) continue;
      if (compatible(mode, place.mode)) continue;
      const becameUpgrade = picture.isUpgrade(place) && !ahead.upgrade;
      const isAhead = ahead.upgrade || (!becameUpgrade && before(ahead, own));
      expectPromise(!isAhead, 'nobody is granted a lock past an earlier waiter', {
        name,
        granted: { owner, mode, token, waiterId: effect.waiterId, rank: own.rank },
        waits: { owner: place.waiter.owner, mode: place.mode, rank: ahead.rank },
        waiterId: place.waiter.waiterId,
      });
    }
  }

  private ownPlace({ name, waiterId, sessionId, owner }: Granted): {
    party: string;
    rank: number;
    waiterId: number;
    upgrade: boolean;
  } {
    const party = `${sessionId ?? ''}/${owner}`;
    if (waiterId !== null) {
      const own = this.stood.get(`${name} ${waiterId}`);
      if (own !== undefined) return { party, rank: own.rank, waiterId, upgrade: own.upgrade };
    }
    // Who waits here already stands with its first place; everybody else came last.
    let rank = Number.POSITIVE_INFINITY;
    for (const [key, stood] of this.stood) {
      if (key.startsWith(`${name} `) && stood.waiter.party === party) {
        rank = Math.min(rank, stood.rank);
      }
    }
    return { party, rank, waiterId: Number.POSITIVE_INFINITY, upgrade: false };
  }
}

function before(left: Stood, right: { rank: number; waiterId: number }): boolean {
  if (left.rank !== right.rank) return left.rank < right.rank;
  return left.waiter.waiterId < right.waiterId;
}

function keyOf({ name, waiter }: PicturePlace): string {
  return `${name} ${waiter.waiterId}`;
}
