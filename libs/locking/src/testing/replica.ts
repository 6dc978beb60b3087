import { proposerId, term, type IdempotencyScope, type Instant } from '@sinkron/consensus';
import type { ExpireCommand } from '../core/commands/lock-command.js';
import type { LockQuery } from '../core/commands/lock-query.js';
import type { LockRequest } from '../core/commands/lock-request.js';
import type { LockPage, LockView, SessionView } from '../core/commands/lock-view.js';
import { LockMachine } from '../machine/lock-machine.js';
import { MemoryTables } from './memory-tables.js';

/** The wall clock when the monotonic one shows 0. */
export const WALL_MS = 1_700_000_000_000;

interface Applying {
  readonly term?: number;
  readonly proposer?: string;
  readonly idempotency?: IdempotencyScope;
}

/** One replica: applies commands as a group would, and feeds the leader's memory while it leads. */
export class Replica {
  readonly machine = new LockMachine();
  private index = 0;

  constructor(readonly tables = new MemoryTables()) {
    this.machine.open(tables);
  }

  get duties() {
    return this.machine.duties;
  }

  lead(inTerm: number, nowMs: number): this {
    this.duties.start(term(inTerm), instant(nowMs));
    return this;
  }

  apply(command: unknown, nowMs: number, by: Applying = {}) {
    const applied = this.machine.apply(command, this.nextContext(nowMs, by));
    if (this.duties.leads) this.duties.observe(applied.effects, instant(nowMs));
    return applied.result;
  }

  closeProposer(proposer: string, nowMs: number): void {
    const context = this.nextContext(nowMs, {});
    const effects = this.machine.closeProposer(proposerId(proposer), context);
    if (this.duties.leads) this.duties.observe(effects, instant(nowMs));
  }

  request(request: LockRequest, nowMs: number) {
    return this.duties.request(request, instant(nowMs));
  }

  renew(name: string, owner: string, token: number, nowMs: number, ttlMs: number | null = null) {
    return this.request({ kind: 'renew', owner, locks: [{ name, token }], ttlMs }, nowMs);
  }

  keepAlive(sessionId: string, nowMs: number) {
    return this.request({ kind: 'keepalive', sessionId }, nowMs);
  }

  claim(waiterId: number, proposer: string, nowMs: number) {
    const answer = this.request({ kind: 'claim', claims: [{ waiterId, proposer }] }, nowMs);
    return 'claims' in answer ? answer.claims[0] : answer;
  }

  tick(nowMs: number): readonly ExpireCommand[] {
    return this.duties.tick(instant(nowMs));
  }

  notices(): unknown {
    return this.duties.takeNotices();
  }

  query(query: LockQuery, nowMs = 0): unknown {
    return this.machine.query(query, instant(nowMs));
  }

  get(name: string, nowMs = 0): LockView | null {
    return this.query({ kind: 'get', name }, nowMs) as LockView | null;
  }

  list(prefix: string, after: string | null, limit: number): LockPage {
    return this.query({ kind: 'list', prefix, after, limit }) as LockPage;
  }

  session(sessionId: string, nowMs = 0): SessionView | null {
    return this.query({ kind: 'session', sessionId }, nowMs) as SessionView | null;
  }

  private nextContext(nowMs: number, by: Applying): never {
    this.index += 1;
    const { proposer = null, idempotency = null } = by;
    const context = { index: this.index, term: by.term ?? 1, logTimeMs: WALL_MS + nowMs };
    return { ...context, proposer, idempotency } as never;
  }
}

function instant(nowMs: number): Instant {
  return { monotonicMs: nowMs, wallMs: WALL_MS + nowMs };
}
