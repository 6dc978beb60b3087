import type { LockMode } from '../commands/holder.js';
import type { LockEffect } from '../commands/lock-effect.js';
import type { Settled } from '../table/ports.js';
import type { Changes } from './reference/reference-changes.js';

export interface GrantDeed {
  readonly name: string;
  readonly waiterId: number | null;
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
}

/** What a command did to others, in plain values, the same for the table and the reference. */
export interface Deeds {
  /** Grants with a token of their own, in the order of their tokens. */
  readonly granted: readonly GrantDeed[];
  /** Grants of what was covered; they take no token. */
  readonly reentrant: readonly GrantDeed[];
  readonly ended: readonly unknown[];
  readonly left: readonly unknown[];
  readonly deadlocks: readonly unknown[];
  readonly settled: readonly unknown[];
}

export function deedsOfTable(effects: readonly LockEffect[], settled: readonly Settled[]): Deeds {
  const granted: GrantDeed[] = [];
  const reentrant: GrantDeed[] = [];
  const ended: unknown[] = [];
  const left: unknown[] = [];
  const deadlocks: unknown[] = [];
  for (const effect of effects) {
    if (effect.kind === 'granted') {
      const { name, mode, token, holds, waiterId } = effect;
      const list = effect.reentrant ? reentrant : granted;
      list.push({ name, waiterId, mode, token, holds });
    } else if (effect.kind === 'released') {
      ended.push({ reason: effect.reason, holdId: effect.holdId, holds: effect.holds });
    } else if (effect.kind === 'expired' || effect.kind === 'broken') {
      ended.push({ reason: effect.kind, holdId: effect.holdId, holds: 0 });
    } else if (effect.kind === 'left') {
      left.push({ waiterId: effect.waiterId, proposers: effect.proposers });
    } else if (effect.kind === 'deadlock') {
      deadlocks.push({ sessionId: effect.sessionId, owner: effect.owner });
    }
  }
  const answers = settled.map(({ request: { scope }, result }) => {
    return { scope, locks: result.status === 'granted' ? result.locks : result.status };
  });
  return { granted, reentrant, ended, left, deadlocks, settled: answers };
}

export function deedsOfReference(changes: Changes): Deeds {
  const grants = (ofReentrant: boolean): GrantDeed[] => {
    return changes.granted
      .filter(({ reentrant }) => reentrant === ofReentrant)
      .map(({ waiterId, grant: { name, mode, token, holds } }) => {
        return { name, waiterId, mode, token, holds };
      });
  };
  return {
    granted: grants(false),
    reentrant: grants(true),
    ended: changes.ended.map(({ reason, holdId, holds }) => ({ reason, holdId, holds })),
    left: changes.left,
    deadlocks: changes.deadlocks.map(({ sessionId, owner }) => ({ sessionId, owner })),
    settled: changes.settled.map(({ scope, locks }) => ({ scope, locks: locks ?? 'not-holder' })),
  };
}
