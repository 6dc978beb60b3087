import type { ClusterRouter, Executed, Target } from '@sinkron/cluster';
import { proposerId, type ReplicatedMachine } from '@sinkron/consensus';
import { ModelTables } from '../core/model/record-tables.js';
import { TopicMachine } from '../machine/topic-machine.js';

const GROUPS = ['queues-0', 'queues-1', 'queues-2'] as const;
const TERM = 1;
/** A new leader proposes nothing of its own for so long, milliseconds. */
const QUIET_MS = 1_000;
/** So much that is due in one moment has gone round in a circle. */
const TURNS_MAX = 10_000;

interface Shard {
  readonly number: number;
  readonly tables: ModelTables;
  machine: TopicMachine;
  index: number;
}

/** A cluster of one replica in memory that leads three shards, on a clock set by hand. */
export class LocalQueuesRouter implements Pick<
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
  wallMs = Date.UTC(2026, 0, 1);
  private readonly shards = new Map<string, Shard>();
  private readonly proposer = proposerId('node1/1');

  constructor() {
    for (const group of GROUPS) {
      const tables = new ModelTables();
      const number = this.shards.size;
      this.shards.set(group, { number, tables, machine: this.opened(number, tables), index: 0 });
    }
  }

  get instant() {
    return { monotonicMs: this.wallMs - Date.UTC(2025, 0, 1), wallMs: this.wallMs };
  }

  /** Each shard is read from its tables again. */
  restart(): void {
    for (const shard of this.shards.values()) {
      shard.machine = this.opened(shard.number, shard.tables);
    }
  }

  /** Does what is due by now. */
  tick(): void {
    for (const shard of this.shards.values()) {
      for (let turn = 0; ; turn += 1) {
        const commands = shard.machine.duties.tick(this.instant);
        if (commands.length === 0) break;
        if (turn > TURNS_MAX) throw new Error('what is due does not come to an end');
        for (const command of commands) this.apply(shard, command);
      }
    }
  }

  async execute(target: Target, command: unknown): Promise<Executed> {
    const shard = this.shard(target);
    this.tick();
    const result = this.apply(shard, command);
    return { result, replayed: false, proposer: this.proposer };
  }

  async query(target: Target, query: unknown): Promise<unknown> {
    return this.shard(target).machine.query(query, this.instant);
  }

  async leaderRequest(target: Target, request: unknown): Promise<unknown> {
    return this.shard(target).machine.duties.request(request, this.instant);
  }

  onNotices(): void {}

  onLeaderNews(): () => void {
    return () => {};
  }

  shardFor(_family: string, name: string): string {
    const sum = Buffer.from(name).reduce((total, byte) => total + byte, 0);
    return GROUPS[sum % GROUPS.length] ?? GROUPS[0];
  }

  shardsOf(): readonly string[] {
    return GROUPS;
  }

  leaderOf(): string | null {
    return 'node1';
  }

  private opened(number: number, tables: ModelTables): TopicMachine {
    const machine = new TopicMachine(number);
    const { monotonicMs, wallMs } = this.instant;
    machine.open(tables);
    const before = { monotonicMs: monotonicMs - QUIET_MS, wallMs: wallMs - QUIET_MS };
    machine.duties.start(TERM as never, before);
    return machine;
  }

  private shard({ group }: Target): Shard {
    const shard = this.shards.get(group);
    if (shard === undefined) throw new Error(`there is no group ${group}`);
    return shard;
  }

  /** @returns the answer in full, as the leader gives it. */
  private apply(shard: Shard, command: unknown): unknown {
    const answer = this.applyOne(shard, command);
    const { duties }: ReplicatedMachine = shard.machine;
    for (let turn = 0; ; turn += 1) {
      const commands = duties?.followUps() ?? [];
      if (commands.length === 0) return answer;
      if (turn > TURNS_MAX) throw new Error('sweeps do not come to an end');
      for (const next of commands) this.applyOne(shard, next);
    }
  }

  private applyOne(shard: Shard, command: unknown): unknown {
    shard.index += 1;
    const { index, machine } = shard;
    const { wallMs: logTimeMs, proposer } = this;
    const context = { index, term: TERM, logTimeMs, proposer, idempotency: null };
    const applied = machine.apply(command, context as never);
    machine.duties.observe(applied.effects, this.instant);
    return applied.present?.() ?? applied.result;
  }
}
