import type { ClusterRouter, ExecuteOptions, Executed, Target } from '@sinkron/cluster';
import {
  proposerId,
  type Applied,
  type IdempotencyScope,
  type ProposerId,
} from '@sinkron/consensus';
import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import type { LockEffect } from '../core/commands/lock-effect.js';
import { LockMachine } from '../machine/lock-machine.js';
import { MemoryTables } from './memory-tables.js';

type NoticeListener = (proposer: ProposerId, body: unknown) => void;

/** A cluster of one replica in memory that leads and applies at once, on a clock set by hand. */
export class LocalRouter implements Pick<
  ClusterRouter,
  'execute' | 'query' | 'leaderRequest' | 'registerMachine' | 'onNotices' | 'onLeaderNews'
> {
  readonly machine = new LockMachine();
  readonly tables = new MemoryTables();
  /** What was asked, in order, as `execute acquire`, `query get`, `leaderRequest renew`. */
  readonly asked: string[] = [];
  /** Thrown by every call while it is set. */
  failure: ProblemError | undefined;
  /** Kinds of commands and requests whose answers are lost on their way, behind what they did. */
  readonly lostAnswers = new Set<string>();
  /** Awaited before every answer, behind what it tells of. */
  beforeAnswer: ((kind: string) => Promise<void>) | undefined;
  /** Whom commands are sent by. */
  proposer = proposerId('node1/1');
  /** Whether notices are lost on their way. */
  losesNotices = false;
  wallMs = Date.UTC(2026, 0, 1);
  monotonicMs = 0;
  private readonly remembered = new Map<string, { fingerprint: string; result: unknown }>();
  private readonly noticeListeners: NoticeListener[] = [];
  private readonly leaderListeners = new Set<() => void>();
  private term = 1;
  private index = 0;

  constructor() {
    this.machine.open(this.tables);
    this.machine.duties.start(this.term as never, this.instant);
  }

  get instant() {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  async execute(target: Target, command: unknown, options: ExecuteOptions): Promise<Executed> {
    const kind = this.note('execute', target, command);
    const executed = this.executed(command, options.idempotency);
    await this.onTheWay(kind);
    return executed;
  }

  async query(target: Target, query: unknown, options: { consistency: string }): Promise<unknown> {
    this.note(`query ${options.consistency}`, target, query);
    return this.machine.query(query, this.instant);
  }

  async leaderRequest(target: Target, request: unknown): Promise<unknown> {
    const kind = this.note('leaderRequest', target, request);
    const answer = this.machine.duties.request(request, this.instant);
    await this.onTheWay(kind);
    return answer;
  }

  registerMachine(): void {}

  onNotices(_target: Target, listener: NoticeListener): void {
    this.noticeListeners.push(listener);
  }

  onLeaderNews(_group: string, listener: () => void): () => void {
    this.leaderListeners.add(listener);
    return () => this.leaderListeners.delete(listener);
  }

  /** Another term begins: what was in the leader's memory is gone. */
  changeLeader(): void {
    this.machine.duties.stop();
    this.term += 1;
    this.machine.duties.start(this.term as never, this.instant);
    for (const listener of this.leaderListeners) listener();
  }

  /** Applies what the leader's memory wants applied. */
  tick(): void {
    for (const command of this.machine.duties.tick(this.instant)) this.apply(command);
  }

  /** Applies a command, and then what it calls for; by default one of the leader's own. */
  apply(
    command: unknown,
    by: { proposer?: ProposerId; idempotency?: IdempotencyScope } = {},
  ): Applied<LockEffect> {
    const applied = this.applyOnly(command, by);
    this.afterRun();
    return applied;
  }

  /** What the group does when the node of a proposer is silent for long. */
  closeProposer(proposer: ProposerId): void {
    const effects = this.machine.closeProposer(proposer, this.nextContext({}));
    this.machine.duties.observe(effects, this.instant);
    this.afterRun();
  }

  private applyOnly(
    command: unknown,
    by: { proposer?: ProposerId; idempotency?: IdempotencyScope },
  ): Applied<LockEffect> {
    const applied = this.machine.apply(command, this.nextContext(by));
    this.machine.duties.observe(applied.effects, this.instant);
    for (const { request, result } of applied.settled ?? []) this.remember(request, result);
    if (by.idempotency !== undefined && applied.remember) {
      this.remember(by.idempotency, applied.result);
    }
    return applied;
  }

  private afterRun(): void {
    const { duties } = this.machine;
    let commands = duties.followUps();
    for (; commands.length > 0; commands = duties.followUps()) {
      for (const command of commands) this.applyOnly(command, {});
    }
    for (const { proposer, body } of duties.takeNotices()) {
      if (this.losesNotices) continue;
      for (const listener of this.noticeListeners) listener(proposer, body);
    }
  }

  private nextContext(by: { proposer?: ProposerId; idempotency?: IdempotencyScope }): never {
    this.index += 1;
    const { proposer = null, idempotency = null } = by;
    const { index, term, wallMs: logTimeMs } = this;
    return { index, term, logTimeMs, proposer, idempotency } as never;
  }

  private remember({ scope, fingerprint }: IdempotencyScope, result: unknown): void {
    this.remembered.set(scope, { fingerprint, result });
  }

  private executed(command: unknown, idempotency: IdempotentRequest | undefined): Executed {
    const { proposer } = this;
    if (idempotency === undefined) {
      return { result: this.apply(command, { proposer }).result, replayed: false, proposer };
    }
    const { path, key, fingerprint } = idempotency;
    const request = { scope: `${path} ${key}`, fingerprint };
    const known = this.remembered.get(request.scope);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) {
        return { result: known.result, replayed: true, proposer };
      }
      throw new ProblemError('IDEMPOTENCY_KEY_REUSED', 'another body');
    }
    const { result } = this.apply(command, { proposer, idempotency: request });
    return { result, replayed: false, proposer };
  }

  private async onTheWay(kind: string): Promise<void> {
    await this.beforeAnswer?.(kind);
    if (this.lostAnswers.has(kind)) throw new ProblemError('OUTCOME_UNKNOWN', 'an answer is lost');
  }

  private note(call: string, target: Target, body: unknown): string {
    const { kind } = body as { kind: string };
    this.asked.push(`${call} ${kind} at ${target.group}/${target.machine}`);
    if (this.failure !== undefined) throw this.failure;
    return kind;
  }
}
