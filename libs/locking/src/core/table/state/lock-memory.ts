import { invariant } from '@sinkron/invariant';
import { compareByteOrder } from '@sinkron/utf8';
import { NameIndex } from '../../names/name-index.js';
import { ClosedProposers } from './closed-proposers.js';
import type { Hold } from './hold.js';
import { Lock, type LockDelay, type Wreck } from './lock.js';
import { Party } from './party.js';
import type { Session } from './session.js';
import type { Waiter } from './waiter.js';

/**
 * All that the records say, in memory, with the indexes that commands need.
 *
 * Invariant: what commands can tell of it follows from the records alone; a memory rebuilt from
 * them answers the same. Maps keep the order in which things were made, which is the order of
 * their ids, so iterating them is the same everywhere.
 */
export class LockMemory {
  /** The last token granted and the last number of a waiter or of a rank. Durable. */
  lastToken = 0;
  lastWaiter = 0;
  readonly locks = new Map<string, Lock>();
  /** The names of `locks` in byte order. */
  readonly names = new NameIndex();
  /** By id, the dead ones too. */
  readonly holds = new Map<number, Hold>();
  readonly sessions = new Map<string, Session>();
  /** The ids of `sessions` in byte order. */
  readonly sessionIds = new NameIndex();
  /** Those that wait, by id. */
  readonly waiters = new Map<number, Waiter>();
  /** The places of all waiters. */
  placeCount = 0;
  /** Those that wait, by the scope of their Idempotency-Key. */
  readonly scopes = new Map<string, Waiter>();
  readonly proposers = new ClosedProposers();
  /** Ended sessions that are not swept yet, in the order of their sweeps. */
  readonly ended: Session[] = [];
  /** Locks that rest. */
  readonly delayed = new Set<Lock>();
  /** The names of locks with a wreck, in byte order. */
  readonly wrecks = new NameIndex();
  /**
   * Names of locks that may have a waiter to grant, left by commands that had done enough. At
   * least all that have one, unless a dead hold or waiter stands there that is not swept yet.
   */
  readonly pending = new NameIndex();
  private readonly pendingNames = new Set<string>();
  /** Holds that were upgraded, by their newest token. */
  private readonly upgraded = new Map<number, Hold>();
  /** Holds by the waiters whose grants made them. */
  private readonly grants = new Map<number, Hold[]>();
  /** Parties without a session, by owner. */
  private readonly parties = new Map<string, Party>();
  private deadHolds = 0;
  /** Counts the sessions that ended: what was found out about dead holders before is outdated. */
  private endings = 0;

  get liveHoldCount(): number {
    return this.holds.size - this.deadHolds;
  }

  get liveSessionCount(): number {
    return this.sessions.size - this.ended.length;
  }

  lockFor(name: string): Lock {
    let lock = this.locks.get(name);
    if (lock === undefined) {
      lock = new Lock(name);
      this.locks.set(name, lock);
      this.names.add(name);
    }
    return lock;
  }

  /** Forgets a lock that nobody holds or waits for. */
  dropIfIdle(lock: Lock): void {
    if (!lock.idle || this.locks.get(lock.name) !== lock) return;
    this.locks.delete(lock.name);
    this.names.remove(lock.name);
    this.removePending(lock.name);
  }

  partyFor(owner: string, session: Session | null): Party {
    const parties = session?.parties ?? this.parties;
    let party = parties.get(owner);
    if (party === undefined) parties.set(owner, (party = new Party(owner, session)));
    return party;
  }

  party(owner: string, session: Session | null): Party | undefined {
    return (session?.parties ?? this.parties).get(owner);
  }

  /** Knows the party again, that was forgotten when its last place was left. */
  keep(party: Party): Party {
    (party.session?.parties ?? this.parties).set(party.owner, party);
    return party;
  }

  /** Forgets a party that neither holds nor waits. */
  dropPartyIfIdle(party: Party): void {
    if (party.holdCount > 0 || party.places.size > 0) return;
    const parties = party.session?.parties ?? this.parties;
    if (parties.get(party.owner) === party) parties.delete(party.owner);
  }

  addHold(hold: Hold): void {
    this.holds.set(hold.id, hold);
    hold.party.holdCount += 1;
    hold.party.session?.holds.add(hold);
    hold.lock.addHold(hold);
    this.noteToken(hold);
    for (const { waiterId } of hold.waiters) this.noteGrant(waiterId, hold);
  }

  removeHold(hold: Hold): void {
    invariant(this.holds.delete(hold.id), 'LockMemory: a removed hold is there', { id: hold.id });
    if (hold.dead) this.deadHolds -= 1;
    hold.lock.removeHold(hold);
    hold.party.holdCount -= 1;
    hold.party.session?.holds.delete(hold);
    if (hold.olderToken !== null) this.upgraded.delete(hold.token);
    for (const { waiterId } of hold.waiters) this.forgetGrant(waiterId, hold);
    this.dropPartyIfIdle(hold.party);
    this.dropIfIdle(hold.lock);
  }

  /** An upgrade gave the hold a token beside its first. */
  noteToken(hold: Hold): void {
    if (hold.olderToken !== null) this.upgraded.set(hold.token, hold);
    if (hold.mode === 'exclusive') hold.lock.exclusive = hold;
  }

  noteGrant(waiterId: number, hold: Hold): void {
    const holds = this.grants.get(waiterId);
    if (holds === undefined) this.grants.set(waiterId, [hold]);
    else holds.push(hold);
  }

  forgetGrant(waiterId: number, hold: Hold): void {
    const left = this.grants.get(waiterId)?.filter((other) => other !== hold) ?? [];
    if (left.length === 0) this.grants.delete(waiterId);
    else this.grants.set(waiterId, left);
  }

  /** The living holds that the waiter's grant made or added to, in the order of their ids. */
  grantsOf(waiterId: number): readonly Hold[] {
    const holds = this.grants.get(waiterId) ?? [];
    return holds.filter(({ dead }) => !dead).sort((left, right) => left.id - right.id);
  }

  /** The living hold with this token, the newest or the one before an upgrade. */
  holdByToken(token: number): Hold | undefined {
    const hold = this.holds.get(token) ?? this.upgraded.get(token);
    return hold === undefined || hold.dead ? undefined : hold;
  }

  /** A waiter whose places are in their queues. */
  addWaiter(waiter: Waiter): void {
    this.waiters.set(waiter.id, waiter);
    this.placeCount += waiter.places.length;
    waiter.party.session?.waiters.add(waiter);
    for (const place of waiter.places) waiter.party.addPlace(place);
    if (waiter.terms.idempotency !== null) this.scopes.set(waiter.terms.idempotency.scope, waiter);
    for (const proposer of waiter.proposers) this.proposers.attend(proposer, waiter);
  }

  /** It waits no more. Its record may be left; its session knows it until that is swept. */
  removeWaiter(waiter: Waiter): void {
    invariant(this.waiters.delete(waiter.id), 'LockMemory: a removed waiter waits', {
      id: waiter.id,
    });
    this.placeCount -= waiter.places.length;
    if (waiter.terms.idempotency !== null) this.scopes.delete(waiter.terms.idempotency.scope);
    for (const proposer of waiter.proposers) this.proposers.unattend(proposer, waiter);
    for (const place of waiter.places) {
      waiter.party.removePlace(place);
      place.lock.leave(place);
      this.dropIfIdle(place.lock);
    }
    this.dropPartyIfIdle(waiter.party);
  }

  addSession(session: Session): void {
    this.sessions.set(session.id, session);
    this.sessionIds.add(session.id);
  }

  /** Its holds are dead from here on, and those before it in `ended` are swept first. */
  markEnded(session: Session): void {
    invariant(session.ended !== null, 'LockMemory: a marked session has ended');
    const { index } = session.ended;
    let at = this.ended.length;
    for (; at > 0; at -= 1) {
      const other = this.ended[at - 1];
      if (other === undefined || (other.ended?.index ?? 0) < index) break;
      if (other.ended?.index === index && compareByteOrder(other.id, session.id) < 0) break;
    }
    this.ended.splice(at, 0, session);
    this.endings += 1;
    this.deadHolds += session.holds.size;
    if (this.hasWrecks) for (const { broken } of session.holds) if (broken) this.deadHolds -= 1;
  }

  removeSession(session: Session): void {
    invariant(
      session.holds.size === 0 && session.waiters.size === 0,
      'LockMemory: nothing is left of a removed session',
      { id: session.id },
    );
    this.sessions.delete(session.id);
    this.sessionIds.remove(session.id);
    const at = this.ended.indexOf(session);
    if (at !== -1) this.ended.splice(at, 1);
  }

  /** Takes the lock from all its holders; those that lived are dead from here on. */
  breakLock(lock: Lock, lastToken: number): void {
    for (const hold of lock.holders.values()) if (!hold.dead) this.deadHolds += 1;
    if (lock.wreck === null) this.wrecks.add(lock.name);
    lock.breakThrough(lastToken);
  }

  /** A hold that was broken before the memory was rebuilt. */
  addBrokenHold(hold: Hold, throughId: number): void {
    const { lock } = hold;
    const wreck = lock.wreck ?? this.addWreck(lock, throughId);
    hold.broken = true;
    wreck.holds.add(hold);
    this.holds.set(hold.id, hold);
    this.deadHolds += 1;
    hold.party.holdCount += 1;
    hold.party.session?.holds.add(hold);
  }

  addWreck(lock: Lock, throughId: number): Wreck {
    lock.wreck = { throughId, holds: new Set() };
    this.wrecks.add(lock.name);
    return lock.wreck;
  }

  /** The record of the broken lock is gone. */
  removeWreck(lock: Lock): void {
    lock.wreck = null;
    this.wrecks.remove(lock.name);
    this.dropIfIdle(lock);
  }

  /**
   * Whether nobody new is granted the lock for now: it rests, or a holder failed whose hold is not
   * swept yet, which begins the rest.
   */
  isDelayed(lock: Lock): boolean {
    if (lock.delay !== null) return true;
    if (this.ended.length === 0) return false;
    if (lock.deadDelayAsOf !== this.endings) {
      lock.deadDelayAsOf = this.endings;
      lock.deadDelayFound = false;
      for (const { lockDelayMs, party } of lock.holders.values()) {
        if (lockDelayMs > 0 && party.session?.ended?.reason === 'expired') {
          lock.deadDelayFound = true;
        }
      }
    }
    return lock.deadDelayFound;
  }

  setDelay(lock: Lock, delay: LockDelay): void {
    lock.delay = delay;
    this.delayed.add(lock);
  }

  endDelay(lock: Lock): void {
    lock.delay = null;
    this.delayed.delete(lock);
    this.dropIfIdle(lock);
  }

  get hasWrecks(): boolean {
    return this.wrecks.listed('', null).next().done !== true;
  }

  addPending(name: string): void {
    if (this.pendingNames.has(name)) return;
    this.pendingNames.add(name);
    this.pending.add(name);
  }

  removePending(name: string): void {
    if (this.pendingNames.delete(name)) this.pending.remove(name);
  }

  get hasPending(): boolean {
    return this.pendingNames.size > 0;
  }
}
