import {
  decode,
  encode,
  type Applied,
  type ApplyContext,
  type Instant,
  type ProposerId,
  type ReplicatedMachine,
  type Rereading,
  type StateTables,
} from '@sinkron/consensus';
import { understood, type Malformed } from '@sinkron/fields';
import { unreachable } from '@sinkron/invariant';
import type { LockEffect } from '../core/commands/lock-effect.js';
import type { EventPage } from '../core/commands/lock-event.js';
import type {
  LockPage,
  LockView,
  SessionPage,
  SessionView,
  WaitForGraph,
} from '../core/commands/lock-view.js';
import { readCommand } from '../core/commands/reading/read-command.js';
import { readQuery } from '../core/commands/reading/read-query.js';
import { LockEvents } from '../core/events/lock-events.js';
import { LockTable } from '../core/table/lock-table.js';
import { LockDuties, type LockCounters } from './lock-duties.js';
import { LockViews } from './lock-views.js';

/** The name under which commands reach the lock machine and its tables are kept. */
export const LOCK_MACHINE = 'locks';

/** How many of each there are. */
export interface LockCounts {
  /** Holds: a lock that three share counts three times. */
  readonly held: number;
  readonly waiting: number;
  readonly sessions: number;
}

type View = LockView | LockPage | SessionView | SessionPage | WaitForGraph | EventPage;

/** Locks as a replicated machine: the table on every replica, the leases where it leads. */
export class LockMachine implements ReplicatedMachine<LockEffect> {
  readonly name = LOCK_MACHINE;
  readonly duties: LockDuties;
  private readonly table = new LockTable({ encode, decode });
  private readonly events = new LockEvents();
  private readonly views: LockViews;

  constructor() {
    this.duties = new LockDuties(this.table);
    this.views = new LockViews(this.table, this.duties);
  }

  /** Counted where this replica leads; null elsewhere, so that a sum counts each once. */
  get countsAsLeader(): LockCounts | null {
    if (!this.duties.leads) return null;
    const { holdsCount, waitersCount, sessionsCount } = this.table;
    return { held: holdsCount, waiting: waitersCount, sessions: sessionsCount };
  }

  /** What this replica saw while it led; never falls. */
  get counters(): Readonly<LockCounters> {
    return this.duties.counters;
  }

  open(tables: StateTables): void {
    this.table.open(tables);
    this.events.open();
  }

  *reread(tables: StateTables): Rereading {
    const replace = yield* this.table.reread(tables);
    return () => {
      replace();
      this.events.open();
    };
  }

  /** Applies one committed command; a malformed one changes nothing and says what is wrong. */
  apply(value: unknown, context: ApplyContext): Applied<LockEffect> {
    const command = understood(() => readCommand(value));
    if ('status' in command) return { result: command, remember: false, effects: [] };
    const applied = this.table.apply(command, context);
    this.events.record(applied.effects, context);
    return applied;
  }

  closeProposer(proposer: ProposerId, context: ApplyContext): readonly LockEffect[] {
    const effects = this.table.closeProposer(proposer, context);
    this.events.record(effects, context);
    return effects;
  }

  query(value: unknown, instant: Instant): View | Malformed | null {
    return understood(() => this.answer(value, instant));
  }

  /** @throws MalformedValue */
  private answer(value: unknown, instant: Instant): View | null {
    const query = readQuery(value);
    switch (query.kind) {
      case 'get':
        return this.views.lock(query.name, instant);
      case 'list':
        return this.views.locks(query, instant);
      case 'session':
        return this.views.session(query.sessionId, instant);
      case 'sessions':
        return this.views.sessions(query, instant);
      case 'graph':
        return this.views.graph();
      case 'events':
        return this.events.page(query, instant.wallMs);
      default:
        return unreachable(query);
    }
  }
}
