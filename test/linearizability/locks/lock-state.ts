import type { LockMode } from '../records/lock-record.js';
import type { LockFacts } from './facts/lock-facts.js';
import type { Party } from './lock-operation.js';

/** Somebody holds the lock, or held it: a hold whose end nobody has noticed yet is still here. */
export interface Hold {
  readonly party: Party;
  readonly token: number;
  /** From before an upgrade; good for release and renew. */
  readonly tokenBefore: number | null;
  readonly mode: LockMode;
  /** How many grants it counts, as told last. */
  readonly holds: number;
  /** How many of them their client was told of, and has not given back. */
  readonly sure: number;
  /** The length of its lease; without effect in a session. */
  readonly ttlMs: number;
  /** Its lease began then at the earliest. */
  readonly begunAt: number;
  /** It was there then; 0 when that says nothing that its lease does not say. */
  readonly seenAt: number;
  /** How long the lock rests when its lease ends. */
  readonly lockDelayMs: number;
}

/** One lock between two operations. */
export interface LockState {
  readonly facts: LockFacts;
  /** The present instant is this one at the earliest, on the history's clock. */
  readonly now: number;
  readonly lastToken: number;
  /** The last hold that ended did so then at the earliest: who came after it had it no earlier. */
  readonly endedAt: number;
  readonly holds: readonly Hold[];
  /** Nobody is granted the lock before. */
  readonly restsUntil: number;
  /** Whether it may rest, however long. */
  readonly rests: boolean;
}

/** Equal for states with the same holds and tokens, whatever their times. */
export function identifyState({ holds, rests }: LockState): string {
  const named = byToken(holds).map((hold) => {
    const { party, token, tokenBefore, mode, sure, lockDelayMs } = hold;
    const { owner, sessionId } = party;
    return JSON.stringify([
      owner,
      sessionId,
      token,
      tokenBefore,
      mode,
      hold.holds,
      sure,
      lockDelayMs,
    ]);
  });
  return [rests, ...named].join(' ');
}

/** What was earlier, shorter or smaller permits more. */
export function burdensOf(state: LockState): readonly number[] {
  const { now, lastToken, endedAt, holds, restsUntil } = state;
  const ofHolds = byToken(holds).flatMap(({ ttlMs, begunAt, seenAt }) => [ttlMs, begunAt, seenAt]);
  return [now, lastToken, endedAt, restsUntil, ...ofHolds];
}

function byToken(holds: readonly Hold[]): readonly Hold[] {
  return holds.toSorted((left, right) => left.token - right.token);
}
