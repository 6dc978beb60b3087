import { term, type Applied, type Instant } from '@sinkron/consensus';
import { MemoryTables } from '../../core/groups/testing/memory-tables.js';
import type { TopicEffect } from '../../core/topics/topic-effect.js';
import { readResult } from '../../store/reading/read-result.js';
import type { OtherShards } from '../other-shards.js';
import { TopicMachine } from '../topic-machine.js';

/** Wall clock and log time when the monotonic clock shows 0. */
export const WALL_MS = 1_700_000_000_000;

/** A replica: applies commands as a group would, and feeds the leader's memory while it leads. */
export class MachineUnderTest {
  readonly machine: TopicMachine;
  /** Since the start, ms: all clocks run alike. */
  passedMs = 0;
  private index = 0;

  constructor(
    readonly tables = new MemoryTables(),
    shard = 0,
    others?: OtherShards,
  ) {
    this.machine = new TopicMachine(shard, others);
    this.machine.open(tables);
  }

  get nowMs(): number {
    return WALL_MS + this.passedMs;
  }

  get instant(): Instant {
    return { monotonicMs: this.passedMs, wallMs: this.nowMs };
  }

  lead(inTerm: number): this {
    this.machine.duties.start(term(inTerm), this.instant);
    return this;
  }

  applied(command: unknown): Applied<TopicEffect> {
    this.index += 1;
    const context = { index: this.index, term: 1, logTimeMs: this.nowMs };
    const whole = { ...context, proposer: null, idempotency: null };
    const applied = this.machine.apply(command, whole as never);
    if (this.machine.duties.leads) this.machine.duties.observe(applied.effects, this.instant);
    const { result, present } = applied;
    const read = { ...applied, result: readResult(result) };
    return present === undefined ? read : { ...read, present: () => readResult(present()) };
  }

  apply(command: unknown): unknown {
    return this.applied(command).result;
  }

  query(query: unknown): unknown {
    return this.machine.query(query, this.instant);
  }

  request(request: unknown): unknown {
    return this.machine.duties.request(request, this.instant);
  }

  /** What the leader proposes at this heartbeat. */
  tick(): readonly unknown[] {
    return this.machine.duties.tick(this.instant);
  }

  notices(): unknown {
    return this.machine.duties.takeNotices();
  }
}
