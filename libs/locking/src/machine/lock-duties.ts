import type { Instant, LeaderDuties, Notice, Term } from '@sinkron/consensus';
import { understood, type Malformed } from '@sinkron/fields';
import { invariant, unreachable } from '@sinkron/invariant';
import type { AbandonCommand, DutyCommand, ExpireCommand } from '../core/commands/lock-command.js';
import type { LockEffect } from '../core/commands/lock-effect.js';
import type { Claims, KeepAlive, LeaseRenewal } from '../core/commands/lock-request.js';
import { readCommand } from '../core/commands/reading/read-command.js';
import { readRequest } from '../core/commands/reading/read-request.js';
import {
  delayLease,
  leaseOf,
  LockLeases,
  sessionLease,
  type Lease,
} from '../core/leases/lock-leases.js';
import { UnclaimedGrants } from '../core/leases/unclaimed-grants.js';
import {
  EXPIRIES_PER_TICK_MAX,
  HOLDS_PER_ABANDON_MAX,
  LEASES_PER_EXPIRY_MAX,
} from '../core/limits.js';
import type { LockTable } from '../core/table/lock-table.js';
import { LeaseRequests } from './lease-requests.js';
import { WaiterNotices } from './waiter-notices.js';

export interface LockCounters {
  /** Requests refused because they closed a cycle. */
  deadlocks: number;
  /** Holds that ended because their lease, or that of their session, did. */
  expirations: number;
}

/**
 * What only the leader does about locks, all of it in memory: when leases end, which grants were
 * claimed, whom to tell, and which marked work is next.
 */
export class LockDuties implements LeaderDuties<LockEffect> {
  /** What this replica saw while it led, since it was made. */
  readonly counters: LockCounters = { deadlocks: 0, expirations: 0 };
  private readonly leases = new LockLeases();
  private readonly unclaimed = new UnclaimedGrants();
  private readonly notices = new WaiterNotices();
  private readonly requests: LeaseRequests;
  private term: Term | undefined;
  /** A sweep is proposed and not yet applied or refused. */
  private sweeping = false;

  constructor(private readonly table: LockTable) {
    this.requests = new LeaseRequests(table, this.leases, this.unclaimed);
  }

  get leads(): boolean {
    return this.term !== undefined;
  }

  start(term: Term, instant: Instant): void {
    this.stop();
    this.term = term;
    this.leases.start(this.table, instant.monotonicMs);
  }

  observe(effects: readonly LockEffect[], instant: Instant): void {
    for (const effect of effects) this.observeOne(effect, instant.monotonicMs);
  }

  tick(instant: Instant): readonly ExpireCommand[] {
    if (this.term === undefined) return [];
    this.leases.beginSlice();
    const commands: ExpireCommand[] = [];
    while (commands.length < EXPIRIES_PER_TICK_MAX) {
      const leases = this.leases.takeDue(instant.monotonicMs, LEASES_PER_EXPIRY_MAX);
      if (leases.length === 0) break;
      commands.push({ kind: 'expire', term: this.term, leases });
    }
    return commands;
  }

  followUps(): readonly DutyCommand[] {
    if (this.term === undefined) return [];
    this.leases.beginSlice();
    const commands: DutyCommand[] = [];
    if (this.table.workLeft && !this.sweeping) {
      this.sweeping = true;
      commands.push({ kind: 'sweep' });
    }
    const waiters = this.unclaimed.takeAbandoned(HOLDS_PER_ABANDON_MAX);
    if (waiters.length > 0) commands.push({ kind: 'abandon', term: this.term, waiters });
    return commands;
  }

  refused(value: unknown): void {
    const command = readCommand(value);
    if (command.kind === 'expire') this.expireRefused(command);
    else if (command.kind === 'abandon') this.abandonRefused(command);
    else {
      const { kind } = command;
      invariant(kind === 'sweep', 'LockDuties: only its own commands are refused', { kind });
      this.sweeping = false;
    }
  }

  /** Renewals, keep-alives and claims, without a log entry. */
  request(value: unknown, instant: Instant): LeaseRenewal | KeepAlive | Claims | Malformed {
    return understood(() => this.requests.answer(readRequest(value), instant));
  }

  takeNotices(): readonly Notice[] {
    return this.notices.take();
  }

  stop(): void {
    this.term = undefined;
    this.sweeping = false;
    this.leases.stop();
    this.unclaimed.clear();
    this.notices.clear();
  }

  /** When the lease ends by this leader's memory; undefined where it does not lead. */
  expiresAtMs(lease: Lease, instant: Instant): number | undefined {
    if (this.term === undefined) return undefined;
    return Math.floor(instant.wallMs + this.leases.remainingMs(lease, instant.monotonicMs));
  }

  private observeOne(effect: LockEffect, nowMs: number): void {
    switch (effect.kind) {
      case 'granted':
        // A grant at once has begun the session's lease anew; one after a wait is claimed first.
        if (effect.sessionId === null || effect.waiterId === null) {
          this.leases.begin(leaseOf({ ...effect, id: effect.holdId }), nowMs);
        }
        this.observeWaiterGranted(effect);
        break;
      case 'renewed':
        this.leases.begin(leaseOf({ ...effect, id: effect.holdId }), nowMs);
        break;
      case 'released':
        if (effect.holds === 0) this.leases.endHold(effect.holdId);
        this.forgetEndedGrants(effect.holdId);
        break;
      case 'expired':
        this.counters.expirations += 1;
        this.leases.endHold(effect.holdId);
        this.forgetEndedGrants(effect.holdId);
        break;
      case 'broken':
        this.leases.endHold(effect.holdId);
        this.forgetEndedGrants(effect.holdId);
        break;
      case 'left':
        this.notices.add(effect.waiterId, effect.proposers);
        break;
      case 'claimed':
        this.unclaimed.forget(effect.waiterId);
        break;
      case 'deadlock':
        this.counters.deadlocks += 1;
        break;
      case 'session-created':
        this.leases.begin(sessionLease(effect.sessionId, effect), nowMs);
        break;
      case 'session-ended':
        this.leases.endSession(effect.sessionId);
        break;
      case 'delay-started':
        this.leases.begin(delayLease(effect.name, effect), nowMs);
        break;
      case 'delay-ended':
        this.leases.endDelay(effect.name);
        break;
      case 'proposer-closed':
        this.unclaimed.closed(effect.proposer);
        break;
      case 'unabandoned':
        this.unclaimed.refused(effect.waiters);
        break;
      case 'swept':
        this.sweeping = false;
        break;
      case 'queued':
        break;
      default:
        unreachable(effect);
    }
  }

  private observeWaiterGranted(effect: Extract<LockEffect, { kind: 'granted' }>): void {
    const { waiterId, holdId, proposers, remembered } = effect;
    if (waiterId === null) return;
    if (!remembered) this.unclaimed.add(waiterId, holdId, proposers);
    this.notices.add(waiterId, proposers);
  }

  /** A hold ended or counts less: who has not claimed it finds that out by asking. */
  private forgetEndedGrants(holdId: number): void {
    for (const waiterId of this.unclaimed.waitersOf(holdId)) {
      if (this.table.grantsOf(waiterId).length > 0) continue;
      this.notices.add(waiterId, this.unclaimed.proposersOf(waiterId));
      this.unclaimed.forget(waiterId);
    }
  }

  private expireRefused({ term, leases }: ExpireCommand): void {
    // What an earlier term proposed says nothing about this term's leases.
    if (term !== this.term) return;
    for (const lease of leases) this.leases.refused(lease);
  }

  private abandonRefused({ term, waiters }: AbandonCommand): void {
    if (term === this.term) this.unclaimed.refused(waiters);
  }
}
