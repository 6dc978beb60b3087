import type { LockEffect } from '../commands/lock-effect.js';
import type { Settled } from '../table/ports.js';
import type { Changes } from './reference/reference-changes.js';

/** What a command did to others, comparable between the table and the reference. */
export interface Deeds {
  /** Grants with a token of their own, in the order of their tokens. */
  readonly granted: readonly string[];
  /** Grants of what was covered, in order of locks: they take no token. */
  readonly reentrant: readonly string[];
  readonly ended: readonly string[];
  readonly left: readonly string[];
  readonly deadlocks: readonly string[];
  readonly settled: readonly string[];
}

export function deedsOfTable(effects: readonly LockEffect[], settled: readonly Settled[]): Deeds {
  const granted: string[] = [];
  const reentrant: string[] = [];
  const ended: string[] = [];
  const left: string[] = [];
  const deadlocks: string[] = [];
  for (const effect of effects) {
    if (effect.kind === 'granted') {
      const { name, mode, token, holds, waiterId } = effect;
      const list = effect.reentrant ? reentrant : granted;
      list.push(text({ waiterId, name, mode, token, holds }));
    } else if (effect.kind === 'released') {
      ended.push(text([effect.reason, effect.holdId, effect.holds]));
    } else if (effect.kind === 'expired' || effect.kind === 'broken') {
      ended.push(text([effect.kind, effect.holdId, 0]));
    } else if (effect.kind === 'left') {
      left.push(text([effect.waiterId, effect.proposers]));
    } else if (effect.kind === 'deadlock') {
      deadlocks.push(text([effect.sessionId, effect.owner]));
    }
  }
  const answers = settled.map(({ request, result }) => {
    return text([request.scope, result.status === 'granted' ? result.locks : result]);
  });
  return {
    granted,
    reentrant: reentrant.sort(),
    ended: ended.sort(),
    left: left.sort(),
    deadlocks: deadlocks.sort(),
    settled: answers.sort(),
  };
}

export function deedsOfReference(changes: Changes): Deeds {
  const grants = (ofReentrant: boolean): string[] => {
    return changes.granted
      .filter(({ reentrant }) => reentrant === ofReentrant)
      .map(({ waiterId, grant: { name, mode, token, holds } }) => {
        return text({ waiterId, name, mode, token, holds });
      });
  };
  const settled = changes.settled.map(({ scope, locks }) => {
    return text([scope, locks ?? { status: 'not-holder' }]);
  });
  return {
    granted: grants(false),
    reentrant: grants(true).sort(),
    ended: changes.ended.map(({ holdId, reason, holds }) => text([reason, holdId, holds])).sort(),
    left: changes.left.map(({ waiterId, proposers }) => text([waiterId, proposers])).sort(),
    deadlocks: changes.deadlocks.map(({ sessionId, owner }) => text([sessionId, owner])).sort(),
    settled: settled.sort(),
  };
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
