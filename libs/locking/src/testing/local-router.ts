import type { ClusterRouter, ExecuteOptions, Executed, Target } from '@sinkron/cluster';
import { ProblemError } from '@sinkron/http';
import { LockMachine } from '../lock-machine.js';
import { MemoryTables } from './memory-tables.js';

/** A cluster of one replica in memory that leads and applies at once, on a clock set by hand. */
export class LocalRouter implements Pick<
  ClusterRouter,
  'execute' | 'query' | 'leaderRequest' | 'registerMachine'
> {
  readonly machine = new LockMachine();
  readonly tables = new MemoryTables();
  /** What was asked, in order, as `execute acquire`, `query get`, `leaderRequest renew`. */
  readonly asked: string[] = [];
  /** Thrown by every call while it is set. */
  failure: ProblemError | undefined;
  wallMs = Date.UTC(2026, 0, 1);
  monotonicMs = 0;
  private readonly remembered = new Map<string, { fingerprint: string; result: unknown }>();
  private index = 0;

  constructor() {
    this.machine.open(this.tables);
    this.machine.duties.start(1 as never, this.instant);
  }

  get instant() {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  async execute(target: Target, command: unknown, options: ExecuteOptions): Promise<Executed> {
    this.note('execute', target, command);
    const { idempotency } = options;
    const key = idempotency === undefined ? '' : `${idempotency.path} ${idempotency.key}`;
    const known = this.remembered.get(key);
    if (known !== undefined) {
      if (known.fingerprint === idempotency?.fingerprint) {
        return { result: known.result, replayed: true };
      }
      throw new ProblemError('IDEMPOTENCY_KEY_REUSED', 'another body');
    }
    const { result, remember } = this.apply(command);
    if (idempotency !== undefined && remember) {
      this.remembered.set(key, { fingerprint: idempotency.fingerprint, result });
    }
    return { result, replayed: false };
  }

  async query(target: Target, query: unknown, options: { consistency: string }): Promise<unknown> {
    this.note(`query ${options.consistency}`, target, query);
    return this.machine.query(query, this.instant);
  }

  async leaderRequest(target: Target, request: unknown): Promise<unknown> {
    this.note('leaderRequest', target, request);
    return this.machine.duties.request(request, this.instant);
  }

  registerMachine(): void {}

  /** Applies what the leader's memory wants applied. */
  tick(): void {
    for (const command of this.machine.duties.tick(this.instant)) this.apply(command);
  }

  apply(command: unknown) {
    this.index += 1;
    const context = { index: this.index, term: 1, logTimeMs: this.wallMs };
    const applied = this.machine.apply(command, context as never);
    this.machine.duties.observe(applied.effects, this.instant);
    return applied;
  }

  private note(call: string, target: Target, body: unknown): void {
    const { kind } = body as { kind: string };
    this.asked.push(`${call} ${kind} at ${target.group}/${target.machine}`);
    if (this.failure !== undefined) throw this.failure;
  }
}
