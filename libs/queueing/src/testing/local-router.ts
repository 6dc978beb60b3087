import type { ClusterRouter, ExecuteOptions, Executed, Target } from '@sinkron/cluster';
import { decode, encode, proposerId, type IdempotencyScope } from '@sinkron/consensus';
import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import { ModelTables } from '../core/model/record-tables.js';
import { OutboxCarrier } from '../store/outbox-carrier.js';
import { shardOfGroup } from '../store/queues-family.js';
import type { OtherShards } from '../machine/other-shards.js';
import { QUIET_MS } from '../machine/limits.js';
import { TopicMachine } from '../machine/topic-machine.js';

const SHARDS = 2;
const TERM = 1;
/** So much that is due in one moment has gone round in a circle. */
const TURNS_MAX = 10_000;
const PROPOSER = proposerId('node1/1');

type NoticeListener = Parameters<ClusterRouter['onNotices']>[1];

/** One shard: a replica that leads and applies at once. */
class Shard {
  machine: TopicMachine;
  private readonly tables = new ModelTables();
  private index = 0;

  constructor(
    private readonly clock: { readonly instant: { monotonicMs: number; wallMs: number } },
    private readonly number: number,
    private readonly others: OtherShards,
  ) {
    this.machine = this.opened();
  }

  /** It is read from its tables again. */
  restart(): void {
    this.machine = this.opened();
  }

  /** Encoded and decoded like a command on its way through the log. */
  apply(command: unknown, idempotency: IdempotencyScope | null) {
    this.index += 1;
    const { instant } = this.clock;
    const context = {
      index: this.index,
      term: TERM,
      logTimeMs: instant.wallMs,
      proposer: PROPOSER,
    };
    const value = decode(encode(command));
    const applied = this.machine.apply(value, { ...context, idempotency } as never);
    this.machine.duties.observe(applied.effects, instant);
    return applied;
  }

  /** A machine that leads since so long that it does what is due. */
  private opened(): TopicMachine {
    const machine = new TopicMachine(this.number, this.others);
    machine.open(this.tables);
    const { monotonicMs, wallMs } = this.clock.instant;
    const before = { monotonicMs: monotonicMs - QUIET_MS, wallMs: wallMs - QUIET_MS };
    machine.duties.start(TERM as never, before);
    return machine;
  }
}

/** A cluster of two shards in memory, on a clock set by hand. */
export class LocalRouter implements Pick<
  ClusterRouter,
  | 'execute'
  | 'query'
  | 'leaderRequest'
  | 'onNotices'
  | 'onLeaderNews'
  | 'shardFor'
  | 'shardsOf'
  | 'leaderOf'
> {
  /** What was asked, in order, as `execute publish`, `query topic`, `leaderRequest watch`. */
  readonly asked: string[] = [];
  /** Thrown by every call while it is set. */
  failure: ProblemError | undefined;
  /** Shards without a leader. */
  readonly leaderless = new Set<string>();
  /** Kinds of commands whose answers come without their bodies, as when they are repeated. */
  losesBodies = false;
  /** Awaited before every answer, behind what it tells of. */
  beforeAnswer: ((kind: string) => Promise<void>) | undefined;
  wallMs = Date.UTC(2026, 0, 1);
  monotonicMs = 10_000;
  private readonly shards = new Map<string, Shard>();
  private readonly remembered = new Map<string, { fingerprint: string; result: unknown }>();
  private readonly noticeListeners = new Map<string, NoticeListener>();
  private readonly newsListeners = new Map<string, () => void>();

  constructor() {
    const others = {
      shardOf: (topic: string) => shardOfGroup(this.shardFor('', topic)),
      courier: new OutboxCarrier(this as unknown as ClusterRouter),
    };
    for (const [shard, group] of this.shardsOf().entries()) {
      this.shards.set(group, new Shard(this, shard, others));
    }
  }

  get instant() {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  /** What the replica of a shard has. */
  machine(group: string): TopicMachine {
    return this.shard(group).machine;
  }

  /** Every shard is read from its tables again. */
  restart(): void {
    for (const shard of this.shards.values()) shard.restart();
  }

  /** Lets time pass and the leaders do what is due then. */
  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
    for (const group of this.shards.keys()) this.tick(group);
  }

  /** What is under way from one shard to another has arrived. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn += 1) {
      const waiting = [...this.shards.values()].some(
        ({ machine }) => machine.outboxAsLeader?.messages !== 0,
      );
      if (!waiting) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('what is under way does not arrive');
  }

  /** `b…` is in the second shard, everything else in the first. */
  shardFor(_family: string, name: string): string {
    return `queues-${name.startsWith('b') ? 1 : 0}`;
  }

  shardsOf(): readonly string[] {
    return Array.from({ length: SHARDS }, (_, shard) => `queues-${shard}`);
  }

  leaderOf(group: string): string | null {
    return this.leaderless.has(group) ? null : 'node1';
  }

  async execute({ group }: Target, command: unknown, options: ExecuteOptions): Promise<Executed> {
    const kind = this.note('execute', group, command);
    const executed = this.executed(group, command, options.idempotency);
    this.afterRun(group);
    await this.beforeAnswer?.(kind);
    return executed;
  }

  async query({ group }: Target, query: unknown): Promise<unknown> {
    this.note('query', group, query);
    return decode(encode(this.machine(group).query(decode(encode(query)), this.instant)));
  }

  async leaderRequest({ group }: Target, request: unknown): Promise<unknown> {
    this.note('leaderRequest', group, request);
    return this.machine(group).duties.request(decode(encode(request)), this.instant);
  }

  onNotices({ group }: Target, listener: NoticeListener): void {
    this.noticeListeners.set(group, listener);
  }

  onLeaderNews(group: string, listener: () => void): () => void {
    this.newsListeners.set(group, listener);
    return () => this.newsListeners.delete(group);
  }

  /** Another leader, that knows only what is in the tables, and the news of it. */
  changeLeader(group: string): void {
    this.shard(group).restart();
    this.newsListeners.get(group)?.();
  }

  private tick(group: string): void {
    const commands = this.machine(group).duties.tick(this.instant);
    for (const command of commands) this.shard(group).apply(command, null);
    this.afterRun(group);
  }

  private afterRun(group: string): void {
    const { duties } = this.machine(group);
    let turns = 0;
    for (let next = duties.followUps(); next.length > 0; next = duties.followUps()) {
      turns += 1;
      if (turns > TURNS_MAX) throw new Error('what is due does not come to an end');
      for (const command of next) this.shard(group).apply(command, null);
    }
    for (const { proposer, body } of duties.takeNotices()) {
      this.noticeListeners.get(group)?.(proposer, body);
    }
  }

  private executed(
    group: string,
    command: unknown,
    idempotency: IdempotentRequest | undefined,
  ): Executed {
    const key = idempotency && `${idempotency.method} ${idempotency.path} ${idempotency.key}`;
    const known = key === undefined ? undefined : this.remembered.get(key);
    if (known !== undefined) {
      if (known.fingerprint === idempotency?.fingerprint) {
        return { result: known.result, replayed: true, proposer: PROPOSER };
      }
      throw new ProblemError('IDEMPOTENCY_KEY_REUSED', 'another body');
    }
    const { result, remember, present } = this.shard(group).apply(command, null);
    if (key !== undefined && idempotency !== undefined && remember) {
      this.remembered.set(key, { fingerprint: idempotency.fingerprint, result });
    }
    const answer = this.losesBodies || present === undefined ? result : present();
    return { result: decode(encode(answer)), replayed: false, proposer: PROPOSER };
  }

  private note(call: string, group: string, body: unknown): string {
    const { kind } = body as { kind: string };
    this.asked.push(`${call} ${kind}`);
    if (this.failure !== undefined) throw this.failure;
    if (this.leaderless.has(group)) throw new ProblemError('NO_LEADER', `${group} has no leader`);
    return kind;
  }

  private shard(group: string): Shard {
    const shard = this.shards.get(group);
    if (shard === undefined) throw new Error(`there is no shard ${group}`);
    return shard;
  }
}
