import { leastMs, type LeaseClock } from './lease-clock.js';
import type { LockFacts, PossibleGrant } from './facts/lock-facts.js';
import { sameParty, type Party } from './lock-operation.js';
import type { Hold } from './lock-state.js';

/** How early a hold can have ended. */
export interface EarliestEnd {
  readonly at: number;
  /** How long the lock rests then at least: until this time. */
  readonly restsUntil: number;
  readonly mayRest: boolean;
}

/**
 * The earliest end that a hold can have had without anybody being told: by the end of its lease or
 * session, or by a change whose outcome is unknown. Null when there is no way.
 *
 * Of several ways the earliest end and the shortest rest count, even when they are not of the same
 * way: too little may be refused then, never too much.
 */
export function earliestEnd(hold: Hold, facts: LockFacts, clock: LeaseClock): EarliestEnd {
  const { sure } = hold;
  const seenAt = Math.max(hold.seenAt, keptUntil(hold, facts));
  const { deleted, restMs, ...lease } = leaseEnd(hold, facts, clock);
  const expired = Math.max(seenAt, lease.expired);
  const lost = facts.lostReleases.filter((release) => isOf(hold, release))[sure - 1];
  const withoutRest = [
    deleted,
    facts.lostBreakFrom,
    lost?.from ?? Infinity,
    // Nobody was told of it: it may be given back at any time.
    sure === 0 ? seenAt : Infinity,
  ];
  const taken = Math.max(seenAt, Math.min(...withoutRest));
  return {
    at: Math.min(expired, taken),
    restsUntil: Math.min(expired + restMs, taken),
    mayRest: restMs > 0,
  };
}

/** The hold has not ended before this: it is seen then or later. */
export function keptUntil({ token, tokenBefore }: Hold, { lastSeen }: LockFacts): number {
  const before = tokenBefore === null ? 0 : (lastSeen.get(tokenBefore) ?? 0);
  return Math.max(before, lastSeen.get(token) ?? 0);
}

/** When the hold's lease or session can have ended at the earliest, and how long the lock rests. */
export function leaseEnd(
  hold: Hold,
  facts: LockFacts,
  clock: LeaseClock,
): { readonly expired: number; readonly deleted: number; readonly restMs: number } {
  const restMs = leastMs(clock, restLengthMs(hold, facts));
  const { expired, deleted } =
    hold.party.sessionId === null ? leaseEnds(hold, facts, clock) : sessionEnds(hold, facts);
  return { expired: Math.min(...expired), deleted, restMs };
}

/** Grants to the party, of which nobody was told, that may exist at some time of an interval. */
export function possibleGrants(
  facts: LockFacts,
  party: Party,
  within: { readonly from: number; readonly to: number; readonly record: number },
): readonly PossibleGrant[] {
  return facts.possibleGrants.filter((grant) => {
    const then = grant.from <= within.to && grant.until >= within.from;
    return then && grant.record !== within.record && sameParty(grant.party, party);
  });
}

/** The shortest length that the hold's lease may have, for all that is known. */
export function shortestTtlMs(hold: Hold, facts: LockFacts): number {
  const lengths = shorteners(hold, facts).map(({ ttlMs }) => ttlMs);
  return Math.min(hold.ttlMs, ...lengths);
}

export function isOf(
  { party, token, tokenBefore }: Hold,
  claimed: { readonly owner: string; readonly token: number },
): boolean {
  return (
    party.owner === claimed.owner && (token === claimed.token || tokenBefore === claimed.token)
  );
}

function leaseEnds(
  hold: Hold,
  facts: LockFacts,
  clock: LeaseClock,
): { readonly expired: readonly number[]; readonly deleted: number } {
  const { begunAt, ttlMs } = hold;
  // Each may have begun the lease anew, with its own length, after the client heard of it last.
  const shortened = shorteners(hold, facts).map((other) => {
    return Math.max(begunAt, other.from) + leastMs(clock, other.ttlMs);
  });
  return { expired: [begunAt + leastMs(clock, ttlMs), ...shortened], deleted: Infinity };
}

function sessionEnds(
  { party }: Hold,
  { sessions }: LockFacts,
): { readonly expired: readonly number[]; readonly deleted: number } {
  const session = party.sessionId === null ? undefined : sessions.get(party.sessionId);
  if (session === undefined) return { expired: [0], deleted: 0 };
  return { expired: [session.expiresFrom], deleted: session.deletedFrom };
}

function shorteners(
  hold: Hold,
  { possibleGrants: grants, lostRenewals }: LockFacts,
): readonly { readonly ttlMs: number; readonly from: number }[] {
  return [
    ...grants.filter(({ party, until }) => until >= hold.begunAt && sameParty(party, hold.party)),
    ...lostRenewals.filter((renewal) => isOf(hold, renewal)),
  ];
}

function restLengthMs({ party, lockDelayMs }: Hold, { sessions }: LockFacts): number {
  const session = party.sessionId === null ? undefined : sessions.get(party.sessionId);
  return Math.max(lockDelayMs, session?.lockDelayMs ?? 0);
}
