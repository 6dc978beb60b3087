import type { LockMode, SeenHolder } from '../records/lock-record.js';
import { isOf, shortestTtlMs } from './hold-ending.js';
import {
  partyName,
  sameParty,
  type LockAnswer,
  type LockCall,
  type Party,
} from './lock-operation.js';
import type { Hold } from './lock-state.js';
import { seenParty, type Turn } from './turn.js';

type Call<Kind extends LockCall['kind']> = Extract<LockCall, { readonly kind: Kind }>;
type Answer<Status extends LockAnswer['status']> = Extract<LockAnswer, { readonly status: Status }>;

/** One hold is given back, or is not there. */
export function releaseStep(turn: Turn, call: Call<'release'>, answer: LockAnswer): Turn {
  if (answer.status === 'not-holder') return notHolder(turn, call);
  const hold = claimed(turn, call);
  if (hold === undefined) return turn;
  if (answer.status !== 'released') return unfit(turn, answer);
  const { holds } = answer;
  if (!turn.alive(hold) || !turn.counts(hold, hold.holds - 1, holds)) return turn;
  if (holds === 0) {
    turn.remove(hold);
    return turn;
  }
  turn.put({ ...hold, holds, sure: Math.max(0, hold.sure - 1), seenAt: turn.instant });
  return turn;
}

/** A lease begins anew, or is not there. */
export function renewStep(turn: Turn, call: Call<'renew'>, answer: LockAnswer): Turn {
  if (answer.status === 'not-holder') return notHolder(turn, call);
  const hold = claimed(turn, call);
  if (hold === undefined) return turn;
  if (answer.status !== 'renewed') return unfit(turn, answer);
  const { token, mode, holds } = answer;
  if (!turn.alive(hold) || !turn.counts(hold, hold.holds, holds)) return turn;
  const now = turn.instant;
  const ttlMs = call.ttlMs ?? shortestTtlMs(hold, turn.facts);
  const renewed = { ...hold, holds, ttlMs, begunAt: call.invokedAt, seenAt: now };
  putAs(turn, renewed, { token, mode });
  return turn;
}

/** A break takes the lock from all who hold it, or finds nobody. */
export function breakStep(turn: Turn, answer: LockAnswer): Turn {
  if (answer.status === 'free') {
    if (turn.held.every((hold) => turn.end(hold))) turn.rested();
    return turn;
  }
  if (answer.status !== 'broken') return unfit(turn, answer);
  const found = turn.held.length > 0 || turn.mayRest || turn.mayBeHeldUntold;
  if (found) turn.clear();
  else turn.refuse('nobody holds it, and it does not rest');
  return turn;
}

/**
 * How those came to their tokens whom a look shows with one of which nobody was told: by a new grant
 * in this mode, whatever they held before, or by an upgrade of that.
 */
export type Untold = LockMode | 'upgraded';

/** The ways in which a read can have got its answer. */
export function readSteps(turn: () => Turn, answer: LockAnswer): readonly Turn[] {
  const shared = answer.status === 'seen' && answer.mode === 'shared';
  const ways: readonly Untold[] = shared ? ['shared'] : ['upgraded', 'exclusive'];
  return ways.map((untold) => readStep(turn(), answer, untold));
}

/**
 * A look at all who hold the lock.
 *
 * @param blind whom it does not show: the party that could not have the lock.
 */
export function readStep(
  turn: Turn,
  answer: LockAnswer,
  untold: Untold,
  blind: Party | null = null,
): Turn {
  if (answer.status !== 'seen' && answer.status !== 'held' && answer.status !== 'free') {
    return unfit(turn, answer);
  }
  const holders = answer.status === 'free' ? [] : answer.holders;
  const mode = answer.status === 'seen' ? answer.mode : null;
  const gone = turn.held.filter(({ party, token }) => {
    if (blind !== null && sameParty(party, blind)) return false;
    // An upgrade of which nobody was told has another token.
    return !holders.some((seen) => sameParty(seenParty(seen), party) && seen.token >= token);
  });
  if (!gone.every((hold) => turn.end(hold))) return turn;
  holders.every((seen) => sees(turn, seen, mode, untold));
  return turn;
}

function sees(turn: Turn, seen: SeenHolder, mode: LockMode | null, untold: Untold): boolean {
  const party = seenParty(seen);
  const { token, holds } = seen;
  const own = turn.holdOf(party);
  const upgraded = untold === 'upgraded' && own !== undefined && mayBeUpgraded(turn, own, token);
  if (own !== undefined && (own.token === token || upgraded)) {
    if (!turn.counts(own, own.holds, holds)) return false;
    const now = { ...own, holds, seenAt: turn.instant };
    return putAs(turn, now, { token, mode: mode ?? own.mode });
  }
  return untoldHold(turn, seen, mode ?? (untold === 'upgraded' ? 'exclusive' : untold), own);
}

/** A hold of which its client was not told: somebody else sees it. */
function untoldHold(
  turn: Turn,
  { owner, sessionId, token, holds }: SeenHolder,
  mode: LockMode,
  own: Hold | undefined,
): boolean {
  const party = { owner, sessionId };
  const untold = turn.untold(party);
  const name = partyName(party);
  if (untold.length === 0 || turn.isTold(token) || holds > untold.length) {
    return turn.refuse(`${name} does not hold it with token ${token}`);
  }
  if (own !== undefined && !turn.end(own)) return false;
  const now = turn.instant;
  return turn.put({
    party,
    token,
    tokenBefore: null,
    mode,
    holds,
    sure: 0,
    ttlMs: Math.min(...untold.map(({ ttlMs }) => ttlMs)),
    begunAt: turn.begins,
    seenAt: now,
    lockDelayMs: 0,
  });
}

/** Puts a hold that is there with this token and mode, which an untold upgrade may have changed. */
function putAs(
  turn: Turn,
  hold: Hold,
  { token, mode }: { readonly token: number; readonly mode: LockMode },
): boolean {
  if (hold.token === token) {
    if (hold.mode === mode) return turn.put(hold);
    return turn.refuse(`${partyName(hold.party)} holds it ${hold.mode}, not ${mode}`);
  }
  if (mayBeUpgraded(turn, hold, token)) {
    if (!turn.endOthers(hold.party, 'exclusive')) return false;
    return turn.put({ ...hold, token, tokenBefore: hold.token, mode: 'exclusive' });
  }
  return turn.refuse(`${partyName(hold.party)} holds it with token ${hold.token}, not ${token}`);
}

function mayBeUpgraded(turn: Turn, hold: Hold, token: number): boolean {
  if (hold.mode !== 'shared' || token <= hold.token || turn.isTold(token)) return false;
  return turn.untold(hold.party).some(({ exclusive }) => exclusive);
}

function notHolder(turn: Turn, call: Call<'release' | 'renew'>): Turn {
  const hold = turn.held.find((known) => isOf(known, call));
  if (hold !== undefined) turn.end(hold);
  return turn;
}

function claimed(turn: Turn, call: Call<'release' | 'renew'>): Hold | undefined {
  const hold = turn.held.find((known) => isOf(known, call));
  if (hold === undefined) turn.refuse(`${call.owner} does not hold it with token ${call.token}`);
  return hold;
}

function unfit(turn: Turn, { status }: Answer<LockAnswer['status']>): Turn {
  turn.refuse(`this is not answered ${status}`);
  return turn;
}
