import {
  decode,
  encode,
  type Applied,
  type ApplyContext,
  type Instant,
  type LeaderDuties,
  type ReplicatedMachine,
  type StateTables,
  type Term,
} from '@sinkron/consensus';
import { invariant, unreachable } from '@sinkron/invariant';
import { readCommand, readRenew, type ExpireCommand } from './core/commands/lock-command.js';
import type { LockEffect } from './core/commands/lock-effect.js';
import {
  readQuery,
  type ListQuery,
  type LockPage,
  type LockView,
} from './core/commands/lock-query.js';
import type { LeaseRenewalResult, Malformed } from './core/commands/lock-result.js';
import { choiceField, fieldsOf, MalformedValue } from './core/fields.js';
import { LeaseKeeper } from './core/leases/lease-keeper.js';
import { LEASES_PER_EXPIRY_MAX } from './core/limits.js';
import { heldBy, type Lock } from './core/table/lock.js';
import { LockTable } from './core/table/lock-table.js';

/** The name under which commands reach the lock machine and its tables are kept. */
export const LOCK_MACHINE = 'locks';

/** Locks as a replicated machine: the table on every replica, the leases where it leads. */
export class LockMachine implements ReplicatedMachine<LockEffect> {
  readonly name = LOCK_MACHINE;
  readonly duties: LockDuties;
  private readonly table = new LockTable({ encode, decode });

  constructor() {
    this.duties = new LockDuties(this.table);
  }

  /** Locks held, counted where this replica leads; null elsewhere, so that a sum counts each once. */
  get locksHeldAsLeader(): number | null {
    return this.duties.leads ? this.table.size : null;
  }

  open(tables: StateTables): void {
    this.table.open(tables);
  }

  apply(command: unknown, context: ApplyContext): Applied<LockEffect> {
    return this.table.apply(command, context);
  }

  query(value: unknown, instant: Instant): LockView | LockPage | Malformed | null {
    return understood(() => {
      const query = readQuery(value);
      switch (query.kind) {
        case 'get': {
          const lock = this.table.get(query.name);
          return lock === undefined ? null : this.view(lock, instant);
        }
        case 'list':
          return this.page(query, instant);
        default:
          return unreachable(query);
      }
    });
  }

  private page({ prefix, after, limit }: ListQuery, instant: Instant): LockPage {
    const locks: LockView[] = [];
    for (const name of this.table.listed(prefix, after)) {
      if (locks.length === limit) return { locks, next: locks.at(-1)?.name ?? null };
      const lock = this.table.get(name);
      invariant(lock !== undefined, 'LockMachine: a listed name has a lock', { name });
      locks.push(this.view(lock, instant));
    }
    return { locks, next: null };
  }

  private view(lock: Lock, instant: Instant): LockView {
    const holders = lock.holders.map((holder) => {
      const { sessionId, owner, token, holds, ttlMs, metadata } = holder;
      const expiresAtMs = this.duties.expiresAtMs(token, instant) ?? holder.expiresAtMs;
      return { sessionId, owner, token, holds, ttlMs, expiresAtMs, metadata };
    });
    return { name: lock.name, mode: lock.mode, holders, queue: [] };
  }
}

/** A hold's lease. A token is one hold's own, so it is the lease's id too. */
interface HoldLease {
  readonly id: number;
  readonly name: string;
  readonly leaseIndex: number;
}

/** The leases of all holders, in the memory of the leader. */
export class LockDuties implements LeaderDuties<LockEffect> {
  private readonly leases = new LeaseKeeper<HoldLease>();
  private term: Term | undefined;

  constructor(private readonly table: LockTable) {}

  get leads(): boolean {
    return this.term !== undefined;
  }

  /** The deadlines died with the old leader, so every lease begins at its full length. */
  start(term: Term, instant: Instant): void {
    this.stop();
    this.term = term;
    for (const lock of this.table.all()) {
      for (const { token, ttlMs, leaseIndex } of lock.holders) {
        this.begin({ name: lock.name, token, ttlMs, leaseIndex }, instant);
      }
    }
  }

  observe(effects: readonly LockEffect[], instant: Instant): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'granted':
        case 'renewed':
          this.begin(effect, instant);
          break;
        case 'released':
          if (effect.holds === 0) this.leases.end(effect.token);
          break;
        case 'expired':
          this.leases.end(effect.token);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  tick(instant: Instant): readonly ExpireCommand[] {
    if (this.term === undefined) return [];
    const due = this.leases.takeDue(instant.monotonicMs, LEASES_PER_EXPIRY_MAX);
    if (due.length === 0) return [];
    const leases = due.map(({ id, name, leaseIndex }) => ({ name, token: id, leaseIndex }));
    return [{ kind: 'expire', term: this.term, leases }];
  }

  refused(value: unknown): void {
    const command = readCommand(value);
    invariant(command.kind === 'expire', 'LockDuties: only expiries are proposed', {
      kind: command.kind,
    });
    // What an earlier term proposed says nothing about this term's leases.
    if (command.term !== this.term) return;
    for (const { token, leaseIndex } of command.leases) {
      this.leases.refused({ id: token, leaseIndex });
    }
  }

  /** Renews in memory, without a log entry. `{ kind: 'renew', … }` is the only request. */
  request(value: unknown, instant: Instant): LeaseRenewalResult {
    return understood(() => {
      const fields = fieldsOf(value, 'request');
      choiceField(fields, 'kind', ['renew']);
      const request = readRenew(fields);
      const lock = this.table.get(request.name);
      const held = heldBy(lock, request);
      if (lock === undefined || held === undefined) return { status: 'not-holder' };
      const { token, holds, ttlMs } = held;
      if (request.ttlMs !== null && request.ttlMs !== ttlMs) return { status: 'ttl-differs' };
      const renewal = this.leases.renew(token, instant.monotonicMs);
      invariant(renewal !== 'unknown', 'LockDuties: a holder has a lease', { token });
      if (renewal === 'expiring') return { status: 'expiring' };
      const expiresAtMs = Math.floor(instant.wallMs) + ttlMs;
      return { status: 'renewed', mode: lock.mode, token, holds, ttlMs, expiresAtMs };
    });
  }

  stop(): void {
    this.term = undefined;
    this.leases.clear();
  }

  /** When the lease ends by this leader's memory; undefined where it does not lead. */
  expiresAtMs(token: number, instant: Instant): number | undefined {
    const remainingMs = this.leases.remainingMs(token, instant.monotonicMs);
    return remainingMs === undefined ? undefined : Math.floor(instant.wallMs + remainingMs);
  }

  private begin(
    lease: { name: string; token: number; ttlMs: number; leaseIndex: number },
    instant: Instant,
  ): void {
    const { name, token, ttlMs, leaseIndex } = lease;
    this.leases.start({ id: token, name, leaseIndex }, { ttlMs, nowMs: instant.monotonicMs });
  }
}

/** Answers what cannot be read, which a node of another version may send, instead of throwing. */
function understood<Answer>(answer: () => Answer): Answer | Malformed {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return { status: 'malformed', message: error.message };
  }
}
