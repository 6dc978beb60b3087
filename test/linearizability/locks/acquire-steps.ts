import type { LockAnswer, LockCall, ToldHold } from './lock-operation.js';
import type { Hold } from './lock-state.js';
import { readStep } from './steps.js';
import type { Turn } from './turn.js';

type Acquire = Extract<LockCall, { readonly kind: 'acquire' }>;

/** The ways in which an acquire can have got its answer. */
export function acquireSteps(turn: () => Turn, call: Acquire, answer: LockAnswer): readonly Turn[] {
  if (answer.status === 'held') {
    const ways = ['upgraded', 'exclusive', 'shared'] as const;
    return ways.map((untold) => readStep(turn(), answer, untold, call.party));
  }
  const fresh = turn();
  if (answer.status !== 'granted') {
    fresh.refuse(`an acquire is not answered ${answer.status}`);
    return [fresh];
  }
  const own = fresh.holdOf(call.party);
  const ways = [anew(fresh, call, answer)];
  if (own !== undefined) ways.push(oneMore(turn(), call, answer, own));
  // A token that was new when it was told began with that.
  const mayBeUntold = !fresh.isTold(answer.token) && fresh.untold(call.party).length > 0;
  if (mayBeUntold) ways.push(onUntold(turn(), call, answer));
  return ways;
}

/** The party held nothing: it gets a hold with a new token. */
function anew(turn: Turn, call: Acquire, told: ToldHold): Turn {
  const { party, mode } = call;
  const own = turn.holdOf(party);
  const possible =
    expect(turn, told.mode === mode, `a first grant is ${mode} as asked for`) &&
    expect(turn, told.holds === 1, `a first grant counts once, not ${told.holds} times`) &&
    (own === undefined || turn.end(own)) &&
    turn.endOthers(party, mode) &&
    turn.rested() &&
    turn.grows(told.token);
  if (possible) turn.put(holdOf(turn, call, told, null));
  return turn;
}

/** The party holds the lock and gets it once more, or upgraded. */
function oneMore(turn: Turn, call: Acquire, told: ToldHold, own: Hold): Turn {
  const same = own.token === told.token;
  const possible =
    turn.alive(own) &&
    turn.counts(own, own.holds + 1, told.holds) &&
    (same ? again(turn, call, told, own) : upgraded(turn, call, told, own));
  if (possible) turn.put(holdOf(turn, call, told, own));
  return turn;
}

function again(turn: Turn, { mode }: Acquire, told: ToldHold, own: Hold): boolean {
  return (
    expect(turn, told.mode === own.mode, `a further hold is ${own.mode} like the first`) &&
    expect(turn, mode === 'shared' || told.mode === mode, 'an upgrade has a new token')
  );
}

function upgraded(turn: Turn, { party, mode }: Acquire, told: ToldHold, own: Hold): boolean {
  const untold = turn.untold(party).some(({ exclusive }) => exclusive);
  return (
    expect(turn, own.mode === 'shared', 'a further hold keeps the token') &&
    expect(turn, mode === 'exclusive' || untold, 'only an upgrade has a new token') &&
    expect(turn, told.mode === 'exclusive', 'an upgraded hold is exclusive') &&
    turn.endOthers(party, 'exclusive') &&
    turn.rested() &&
    turn.grows(told.token)
  );
}

/** The party had a grant of which it was not told, and gets one more. */
function onUntold(turn: Turn, call: Acquire, told: ToldHold): Turn {
  const { party, mode } = call;
  const own = turn.holdOf(party);
  const untold = turn.untold(party);
  const exclusive = mode === 'exclusive' || untold.some((grant) => grant.exclusive);
  const possible =
    (own === undefined || turn.end(own)) &&
    expect(turn, told.holds <= 1 + untold.length, `not so many grants were asked for`) &&
    expect(turn, told.mode === mode || exclusive, 'nobody asked for it exclusively') &&
    expect(turn, mode === 'shared' || told.mode === mode, 'it was asked for exclusively') &&
    turn.endOthers(party, told.mode);
  if (possible) turn.put(holdOf(turn, call, told, null));
  return turn;
}

function holdOf(turn: Turn, call: Acquire, told: ToldHold, own: Hold | null): Hold {
  const { party, ttlMs, lockDelayMs } = call;
  const { token, mode, holds } = told;
  const before = own !== null && own.token !== token ? own.token : (own?.tokenBefore ?? null);
  return {
    party,
    token,
    tokenBefore: before,
    mode,
    holds,
    sure: (own?.sure ?? 0) + 1,
    ttlMs,
    begunAt: turn.begins,
    seenAt: turn.instant,
    lockDelayMs: Math.max(lockDelayMs, own?.lockDelayMs ?? 0),
  };
}

function expect(turn: Turn, condition: boolean, objection: string): boolean {
  return condition || turn.refuse(objection);
}
