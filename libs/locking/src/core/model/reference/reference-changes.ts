import type { HolderIdentity } from '../../commands/holder.js';
import type { Grant } from '../../commands/lock-result.js';
import type { TableContext } from '../../table/ports.js';
import { cycleThrough, edgesOf, type PartyEdge } from './reference-graph.js';
import { firstClear, insertUpgrade } from './reference-queue.js';
import {
  isSameParty,
  type Entry,
  type Hold,
  type ReferenceState,
  type Waiter,
} from './reference-state.js';

export type EndReason = 'released' | 'session' | 'cancelled' | 'abandoned' | 'expired' | 'broken';

/** The steps that commands are made of, and a record of what one command did. */
export class Changes {
  readonly granted: {
    readonly waiterId: number | null;
    readonly reentrant: boolean;
    grant: Grant;
  }[] = [];
  /** How often each hold was given back or ended, and why. */
  readonly ended: { readonly holdId: number; readonly reason: EndReason; holds: number }[] = [];
  readonly left: { readonly waiterId: number; readonly proposers: readonly string[] }[] = [];
  readonly settled: { readonly scope: string; readonly locks: readonly Grant[] | null }[] = [];
  /** Who was refused, or lost a waiting upgrade, because of a cycle. */
  readonly deadlocks: HolderIdentity[] = [];
  /** Multi-locks that the request passed. */
  passed: Entry[] = [];
  /** Whether trying everything found a way past multi-locks; undefined without a cycle. */
  avoidable: boolean | undefined;
  /** Of a refused request: the graph with it in its queues. */
  refusedEdges: readonly PartyEdge[] = [];

  constructor(
    readonly state: ReferenceState,
    readonly context: TableContext,
  ) {}

  /** Grants all that can be granted. */
  pump(): void {
    for (;;) {
      const waiter = firstClear(this.state);
      if (waiter === undefined) return;
      this.state.removeWaiter(waiter);
      const locks = this.grant(waiter, waiter.id);
      if (waiter.idempotency !== null) this.settle(waiter, locks);
    }
  }

  /** Grants all locks of a request at once. */
  grant(waiter: Waiter, waiterId: number | null): Grant[] {
    for (const { name, mode } of waiter.locks) {
      const reentrant = this.state.isCovered(waiter, name, mode);
      const hold = this.holdFor(waiter, name);
      if (!reentrant) this.giveToken(hold, mode);
      hold.holds += 1;
      hold.ttlMs = waiter.ttlMs;
      hold.lockDelayMs = waiter.lockDelayMs;
      hold.leaseIndex = this.context.index;
      hold.expiresAtMs = this.context.logTimeMs + waiter.ttlMs;
      hold.metadata = waiter.metadata ?? hold.metadata;
      if (waiterId !== null) {
        const { proposers, idempotency } = waiter;
        hold.waits.push({ waiterId, proposers, remembered: idempotency !== null });
      }
      this.granted.push({ waiterId, reentrant, grant: this.state.grantOf(hold) });
    }
    for (const { name } of waiter.locks) this.upgradeWaiting(waiter, name);
    return waiter.locks.flatMap(({ name }) => {
      const hold = this.state.holdOf(waiter, name);
      return hold === undefined ? [] : [this.state.grantOf(hold)];
    });
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
    state.holds = state.holds.filter((other) => other !== hold);
    this.ended.push({ holdId: hold.id, reason, holds: 0 });
    for (const { upgrade, waiter, name } of state.entries) {
      if (!upgrade || name !== hold.name || !isSameParty(waiter, hold)) continue;
      if (waiter.idempotency !== null) this.settle(waiter, null);
      this.remove(waiter);
    }
    if (reason === 'expired') this.beginDelay(hold);
  }

  endSession(sessionId: string, reason: EndReason): void {
    const { state } = this;
    for (const hold of state.holds.filter((other) => other.sessionId === sessionId)) {
      this.end(hold, reason);
    }
    for (const waiter of state.waiters.filter((other) => other.sessionId === sessionId)) {
      this.remove(waiter);
    }
    state.sessions = state.sessions.filter((session) => session.sessionId !== sessionId);
  }

  endDelay(name: string): void {
    this.state.delays = this.state.delays.filter((delay) => delay.name !== name);
  }

  remove(waiter: Waiter): void {
    this.state.removeWaiter(waiter);
    this.left.push({ waiterId: waiter.id, proposers: waiter.proposers });
  }

  private holdFor({ sessionId, owner }: HolderIdentity, name: string): Hold {
    const present = this.state.holdOf({ sessionId, owner }, name);
    if (present !== undefined) return present;
    const hold: Hold = {
      ...{ id: this.state.lastToken + 1, name, sessionId, owner, mode: 'shared' },
      ...{ token: 0, olderToken: null, holds: 0, ttlMs: 0, leaseIndex: 0, expiresAtMs: 0 },
      ...{ lockDelayMs: 0, metadata: null, waits: [] },
    };
    this.state.holds.push(hold);
    return hold;
  }

  /** A first grant, or an upgrade, whose older token stays good. */
  private giveToken(hold: Hold, mode: Hold['mode']): void {
    if (hold.token !== 0) hold.olderToken = hold.token;
    this.state.lastToken += 1;
    hold.token = this.state.lastToken;
    hold.mode = mode;
  }

  /** What waits for the exclusive lock behind its own shared hold waits as an upgrade from now. */
  private upgradeWaiting(party: HolderIdentity, name: string): void {
    if (this.state.holdOf(party, name)?.mode !== 'shared') return;
    for (const entry of this.state.queueOf(name)) {
      if (entry.mode === 'shared' || entry.upgrade || !isSameParty(entry.waiter, party)) continue;
      entry.upgrade = true;
      insertUpgrade(this.state, entry);
      if (cycleThrough(party, edgesOf(this.state)) === undefined) continue;
      this.deadlocks.push(entry.waiter);
      this.remove(entry.waiter);
    }
  }

  private beginDelay({ name, sessionId, lockDelayMs }: Hold): void {
    const { state, context } = this;
    const session = sessionId === null ? undefined : state.session(sessionId);
    const delayMs = Math.max(lockDelayMs, session?.lockDelayMs ?? 0);
    const endsAtMs = context.logTimeMs + delayMs;
    const present = state.delays.find((delay) => delay.name === name);
    if (delayMs === 0 || (present !== undefined && present.endsAtMs >= endsAtMs)) return;
    this.endDelay(name);
    state.delays.push({ name, delayMs, leaseIndex: context.index, endsAtMs });
  }

  private settle({ idempotency }: Waiter, locks: readonly Grant[] | null): void {
    if (idempotency !== null) this.settled.push({ scope: idempotency.scope, locks });
  }
}
