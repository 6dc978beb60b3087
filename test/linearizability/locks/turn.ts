import type { LockMode, SeenHolder } from '../records/lock-record.js';
import { earliestEnd, keptUntil, isOf, leaseEnd, possibleGrants } from './hold-ending.js';
import type { LeaseClock } from './lease-clock.js';
import type { LockFacts, PossibleGrant } from './facts/lock-facts.js';
import { partyName, sameParty, type LockCall, type Party } from './lock-operation.js';
import type { Hold, LockState } from './lock-state.js';

/**
 * One operation on one lock, as it is tried out: what it changes, and why it cannot be.
 *
 * Methods that answer a boolean say whether something can be so, make it so, and leave the
 * objection behind when it cannot.
 */
export class Turn {
  objection: string | null = null;
  private now: number;
  private lastToken: number;
  private endedAt: number;
  private holds: readonly Hold[];
  private restsUntil: number;
  private rests: boolean;

  constructor(
    private readonly before: LockState,
    readonly call: LockCall,
    private readonly clock: LeaseClock,
  ) {
    this.now = Math.max(before.now, call.invokedAt);
    this.lastToken = before.lastToken;
    this.endedAt = before.endedAt;
    this.holds = before.holds;
    this.restsUntil = before.restsUntil;
    this.rests = before.rests;
  }

  /** The state afterwards; null when there was an objection. */
  get after(): LockState | null {
    if (this.objection !== null) return null;
    const { now, lastToken, endedAt, holds, restsUntil, rests } = this;
    return { facts: this.facts, now, lastToken, endedAt, holds, restsUntil, rests };
  }

  get facts(): LockFacts {
    return this.before.facts;
  }

  /** The present instant at the earliest. */
  get instant(): number {
    return this.now;
  }

  /** A lease that begins now begins then at the earliest; few orders differ in it. */
  get begins(): number {
    return Math.max(this.call.invokedAt, this.endedAt);
  }

  get held(): readonly Hold[] {
    return this.holds;
  }

  get mayRest(): boolean {
    return this.rests;
  }

  holdOf(party: Party): Hold | undefined {
    return this.holds.find((hold) => sameParty(hold.party, party));
  }

  refuse(objection: string): false {
    this.objection = objection;
    return false;
  }

  /** It is at least this late. */
  notBefore(instant: number, objection: string): boolean {
    if (instant > this.call.returnedAt) return this.refuse(objection);
    this.now = Math.max(this.now, instant);
    return true;
  }

  /** The hold has ended before this. */
  end(hold: Hold): boolean {
    const { at, restsUntil, mayRest } = earliestEnd(hold, this.facts, this.clock);
    const { party, mode, token } = hold;
    const until = at === Infinity ? 'and nobody gave it back' : `until ${shown(at)} at least`;
    const objection = `${partyName(party)} holds it (${mode}, token ${token}), ${until}`;
    if (!this.notBefore(at, objection)) return false;
    this.endedAt = Math.max(this.endedAt, at);
    this.holds = this.holds.filter((other) => other !== hold);
    if (mayRest) {
      this.restsUntil = Math.max(this.restsUntil, restsUntil);
      this.rests = true;
    }
    return true;
  }

  /** No hold is left that keeps this party from this mode. */
  endOthers(party: Party, mode: LockMode): boolean {
    return this.holds.every((hold) => {
      const together = mode === 'shared' && hold.mode === 'shared';
      return together || sameParty(hold.party, party) || this.end(hold);
    });
  }

  /** The lock rests no more. */
  rested(): boolean {
    if (this.now < this.restsUntil) {
      const until = Math.min(this.restsUntil, this.facts.lostBreakFrom);
      const objection = `it rests until ${shown(this.restsUntil)}, because its holder failed`;
      if (!this.notBefore(until, objection)) return false;
    }
    this.restsUntil = 0;
    this.rests = false;
    return true;
  }

  /** The session of a hold that is there now still lives. */
  alive({ party }: Hold): boolean {
    const { sessions } = this.facts;
    const session = party.sessionId === null ? undefined : sessions.get(party.sessionId);
    if (session === undefined || this.now <= session.endedBy) return true;
    return this.refuse(`session ${session.sessionId} has ended by ${shown(session.endedBy)}`);
  }

  /** Puts a hold as it is now in the place of what its party had. */
  put(hold: Hold): boolean {
    const { expired, restMs } = leaseEnd(hold, this.facts, this.clock);
    // Orders that differ in nothing else are not told apart.
    const seenAt = restMs > 0 && hold.seenAt > expired ? hold.seenAt : 0;
    const others = this.holds.filter((other) => !sameParty(other.party, hold.party));
    this.holds = [...others, { ...hold, seenAt }];
    this.lastToken = Math.max(this.lastToken, hold.token);
    return this.alive(hold);
  }

  remove(hold: Hold): void {
    this.now = Math.max(this.now, keptUntil(hold, this.facts));
    this.endedAt = Math.max(this.endedAt, this.call.invokedAt);
    this.holds = this.holds.filter((other) => other !== hold);
  }

  /** An operator takes all away. */
  clear(): void {
    this.now = Math.max(this.now, ...this.holds.map((hold) => keptUntil(hold, this.facts)));
    this.endedAt = Math.max(this.endedAt, this.call.invokedAt);
    this.holds = [];
    this.restsUntil = 0;
    this.rests = false;
  }

  /** A token of a new grant is larger than all before. */
  grows(token: number): boolean {
    if (token > this.lastToken) return true;
    return this.refuse(`token ${token} is not larger than ${this.lastToken}, granted before`);
  }

  /** Grants to the party that may be there without anybody having been told. */
  untold(party: Party): readonly PossibleGrant[] {
    const { returnedAt: to, record } = this.call;
    return possibleGrants(this.facts, party, { from: this.before.now, to, record });
  }

  /** Whether somebody whom nobody told may hold the lock. */
  get mayBeHeldUntold(): boolean {
    const { returnedAt } = this.call;
    return this.facts.possibleGrants.some(({ from, until }) => {
      return from <= returnedAt && until >= this.before.now;
    });
  }

  isTold(token: number): boolean {
    return this.facts.told.has(token);
  }

  /**
   * A hold counts that many grants, give or take those given back and made without anybody being
   * told. @param expected for all that was told.
   */
  counts(hold: Hold, expected: number, told: number): boolean {
    const { party, token } = hold;
    const lost = this.facts.lostReleases.filter((release) => {
      return release.from <= this.call.returnedAt && isOf(hold, release);
    }).length;
    const untold = this.untold(party).length;
    if (told >= expected - lost - untold && told <= expected + untold) return true;
    return this.refuse(
      `${partyName(party)} would have ${expected} holds with token ${token}, not ${told}`,
    );
  }
}

export function shown(instant: number): string {
  return instant === Infinity ? 'ever' : String(Math.round(instant * 1000) / 1000);
}

export function seenParty({ owner, sessionId }: SeenHolder): Party {
  return { owner, sessionId };
}
