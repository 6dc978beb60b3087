import type { HolderIdentity } from '../../commands/holder.js';
import type { Grant } from '../../commands/lock-result.js';
import type { TableContext } from '../../table/ports.js';
import type { Choices } from './choices.js';
import { cycleStarts, type PartyEdge } from './reference-graph.js';
import { grantable, isGrantable } from './reference-queue.js';
import {
  isSameParty,
  type Entry,
  type Hold,
  type ReferenceState,
  type Waiter,
} from './reference-state.js';

export type EndReason = 'released' | 'session' | 'cancelled' | 'abandoned' | 'expired' | 'broken';

interface GrantDone {
  /** Null when it was granted at once. */
  readonly waiterId: number | null;
  readonly reentrant: boolean;
  readonly upgrade: boolean;
  readonly grant: Grant;
}

/** The steps that commands are made of, and a record of what one command did. */
export class Changes {
  readonly granted: GrantDone[] = [];
  /** Which holds were given back or ended, and why. */
  readonly ended: { readonly holdId: number; readonly reason: EndReason; holds: number }[] = [];
  readonly left: { readonly waiterId: number; readonly proposers: readonly string[] }[] = [];
  readonly settled: { readonly scope: string; readonly locks: readonly Grant[] | null }[] = [];
  /** Who was refused because of a cycle. */
  readonly deadlocks: HolderIdentity[] = [];
  /** Waiters that were on a cycle after the command and were removed for it. */
  readonly broken: Waiter[] = [];
  /** Multi-locks that the request passed. */
  readonly passed: Entry[] = [];
  /** Whether the request was on a cycle at first. */
  metCycle = false;
  /** Of a refused request: the graph with it in its queues. */
  refusedEdges: readonly PartyEdge[] = [];
  /** Locks whose waiters may be next, in the order in which they were changed. */
  private touched: string[] = [];
  /** Waiters whose party has got one of their locks by another grant. */
  private readonly covered: Waiter[] = [];
  /** Parties that may wait for others than before. */
  private unsure: HolderIdentity[] = [];

  constructor(
    readonly state: ReferenceState,
    readonly context: TableContext,
    private readonly choices: Choices,
  ) {}

  /** One of several outcomes that the rules allow. */
  choose<Item>(items: readonly Item[]): Item | undefined {
    return this.choices.choose(items);
  }

  touch(name: string): void {
    if (!this.touched.includes(name)) this.touched.push(name);
  }

  /** Sweeps look at locks in the order of their names. */
  sortTouched(): void {
    this.touched.sort();
  }

  /** Grants all that can be granted, and removes whom that has put on a cycle. */
  finish(): void {
    for (;;) {
      for (let next = this.covered.shift(); next !== undefined; next = this.covered.shift()) {
        this.grantCovered(next);
      }
      const name = this.touched.shift();
      const party = name === undefined ? this.unsure.shift() : undefined;
      if (name !== undefined) this.pump(name);
      else if (party !== undefined) this.leaveCycles(party);
      else return;
    }
  }

  /** Grants all locks of a request at once. */
  grant(waiter: Waiter, waiterId: number | null): Grant[] {
    const locks = waiter.locks.map(({ name, mode }) => {
      const before = this.state.holdOf(waiter, name);
      const reentrant = this.state.isCovered(waiter, name, mode);
      const hold = before ?? this.newHold(waiter, name);
      if (!reentrant) {
        this.state.lastToken += 1;
        hold.olderToken = before === undefined ? null : hold.token;
        hold.token = this.state.lastToken;
        hold.mode = mode;
      }
      this.countUp(hold, waiter);
      if (waiterId !== null) {
        const { proposers, idempotency } = waiter;
        const wait = { waiterId, proposers, remembered: idempotency !== null };
        hold.waits = [...hold.waits, wait];
      }
      const grant = this.state.grantOf(hold);
      const upgrade = !reentrant && before !== undefined;
      this.granted.push({ waiterId, reentrant, upgrade, grant });
      return grant;
    });
    for (const { name } of waiter.locks) {
      this.touch(name);
      const own = this.state.queueOf(name).filter((entry) => isSameParty(entry.waiter, waiter));
      const covered = own.filter(({ mode }) => this.state.isCovered(waiter, name, mode));
      this.covered.push(...covered.map((entry) => entry.waiter));
    }
    this.unsure.push(waiter);
    return locks;
  }

  /** The lease that the hold lives by begins anew, with another length if one is given. */
  renew(hold: Hold, ttlMs: number | null): void {
    const session = hold.sessionId === null ? undefined : this.state.session(hold.sessionId);
    if (session === undefined) hold.ttlMs = ttlMs ?? hold.ttlMs;
    const lease = session ?? hold;
    lease.leaseIndex = this.context.index;
    lease.expiresAtMs = this.context.logTimeMs + lease.ttlMs;
  }

  keepAlive(sessionId: string): void {
    const session = this.state.session(sessionId);
    if (session === undefined) return;
    session.leaseIndex = this.context.index;
    session.expiresAtMs = this.context.logTimeMs + session.ttlMs;
  }

  /** One count less; the hold ends with the last. */
  giveBack(hold: Hold, reason: EndReason): void {
    hold.holds -= 1;
    if (hold.holds === 0) this.end(hold, reason);
    else this.ended.push({ holdId: hold.id, reason, holds: hold.holds });
  }

  giveBackWait(hold: Hold, waiterId: number, reason: EndReason): void {
    hold.waits = hold.waits.filter((wait) => wait.waiterId !== waiterId);
    this.giveBack(hold, reason);
  }

  /** Ends the hold however often it is held; an upgrade that waited for it has lost it. */
  end(hold: Hold, reason: EndReason): void {
    const { state } = this;
    const upgrades = state.queueOf(hold.name).filter((entry) => {
      return state.isUpgrade(entry) && isSameParty(entry.waiter, hold);
    });
    state.holds = state.holds.filter((other) => other !== hold);
    this.ended.push({ holdId: hold.id, reason, holds: 0 });
    if (reason === 'expired') this.beginDelay(hold);
    for (const { waiter } of upgrades) {
      this.settle(waiter, null);
      this.remove(waiter);
    }
    this.touch(hold.name);
    this.noteUnsure(hold, [hold.name]);
  }

  endSession(sessionId: string, reason: EndReason): void {
    const { state } = this;
    for (const waiter of state.waiters.filter((other) => other.sessionId === sessionId)) {
      this.remove(waiter);
    }
    for (const hold of state.holds.filter((other) => other.sessionId === sessionId)) {
      this.end(hold, reason);
    }
    state.sessions = state.sessions.filter((session) => session.sessionId !== sessionId);
  }

  endDelay(name: string): void {
    this.state.delays = this.state.delays.filter((delay) => delay.name !== name);
    this.touch(name);
  }

  remove(waiter: Waiter): void {
    this.state.removeWaiter(waiter);
    this.left.push({ waiterId: waiter.id, proposers: waiter.proposers });
    const names = waiter.locks.map(({ name }) => name);
    for (const name of names) this.touch(name);
    this.noteUnsure(waiter, names);
  }

  /** A party that has lost a hold or a place at these locks: its other places there stand alone. */
  private noteUnsure(party: HolderIdentity, names: readonly string[]): void {
    const waits = names.some((name) => {
      return this.state.queueOf(name).some(({ waiter }) => isSameParty(waiter, party));
    });
    if (waits) this.unsure.push(party);
  }

  /**
   * Grants to everybody who can be granted at the lock, all or none of those who are next together:
   * an upgrade that the first of them now waits for does not get before the others. Whose party
   * holds enough here already is looked at where it waits.
   */
  private pump(name: string): void {
    const next = grantable(this.state, name).filter((waiter) => {
      const wanted = waiter.locks.find((lock) => lock.name === name);
      return wanted !== undefined && !this.state.isCovered(waiter, name, wanted.mode);
    });
    for (const waiter of next) this.grantWaiter(waiter);
  }

  private grantWaiter(waiter: Waiter): void {
    this.state.removeWaiter(waiter);
    this.settle(waiter, this.grant(waiter, waiter.id));
  }

  /** What else a party waits for at a lock that it has got now may be granted with it. */
  private grantCovered(waiter: Waiter): void {
    if (!this.state.waiters.includes(waiter)) return;
    if (isGrantable(this.state, waiter)) this.grantWaiter(waiter);
  }

  /** A wait that has come to be for ever ends: its node asks again, and is told. */
  private leaveCycles(party: HolderIdentity): void {
    for (;;) {
      const waiter = this.choose(cycleStarts(this.state, party));
      if (waiter === undefined) return;
      this.broken.push(waiter);
      this.remove(waiter);
    }
  }

  private newHold({ sessionId, owner }: HolderIdentity, name: string): Hold {
    const id = this.state.lastToken + 1;
    const lease = { ttlMs: 0, leaseIndex: 0, expiresAtMs: 0, lockDelayMs: 0, metadata: null };
    const counts = { token: 0, olderToken: null, holds: 0, waits: [] };
    const hold: Hold = { id, name, sessionId, owner, mode: 'shared', ...counts, ...lease };
    this.state.holds.push(hold);
    return hold;
  }

  private countUp(hold: Hold, { ttlMs, lockDelayMs, metadata }: Waiter): void {
    const { index, logTimeMs } = this.context;
    const session = hold.sessionId === null ? undefined : this.state.session(hold.sessionId);
    hold.holds += 1;
    hold.ttlMs = ttlMs;
    hold.leaseIndex = index;
    hold.expiresAtMs = logTimeMs + ttlMs;
    hold.lockDelayMs = Math.max(hold.lockDelayMs, lockDelayMs, session?.lockDelayMs ?? 0);
    hold.metadata = metadata ?? hold.metadata;
  }

  /**
   * The lock rests. One that rests already begins anew with the longer length: only the leader's
   * memory knows how much of it has passed, and this is never the earlier end.
   */
  private beginDelay({ name, lockDelayMs }: Hold): void {
    if (lockDelayMs === 0) return;
    const { state, context } = this;
    const present = state.delays.find((delay) => delay.name === name);
    const delayMs = Math.max(lockDelayMs, present?.delayMs ?? 0);
    state.delays = state.delays.filter((delay) => delay !== present);
    state.delays.push({ name, delayMs, leaseIndex: context.index });
  }

  private settle({ idempotency }: Waiter, locks: readonly Grant[] | null): void {
    if (idempotency !== null) this.settled.push({ scope: idempotency.scope, locks });
  }
}
