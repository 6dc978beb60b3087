import type { TopicCommand } from '../commands/topic-command.js';
import type { TopicQuery } from '../commands/topic-query.js';
import type { TopicResult } from '../commands/topic-result.js';
import { readResult } from '../../store/reading/read-result.js';
import type { OtherShards } from '../../machine/other-shards.js';
import { TopicMachine } from '../../machine/topic-machine.js';
import { ModelTables } from './record-tables.js';

/** Log time of the first entry. */
export const LOG_TIME_MS = 1_700_000_000_000;
const TERM = 7;
/** A new leader finds nothing due for so long, milliseconds. */
const QUIET_MS = 1_000;
const SWEEPS_MAX = 1_000;

/** What leaves for shard 1 arrives when the test says so. */
const OTHERS: OtherShards = {
  shardOf: (topic) => (topic.startsWith('away') ? 1 : 0),
  courier: { carry: async () => {} },
};

export interface Answered {
  readonly result: TopicResult;
  /** The answer in full, for a receive. */
  readonly presented: unknown;
}

/** A topic machine that leads, over tables in memory; every command is an entry. */
export class ShardUnderTest {
  readonly machine = new TopicMachine(0, OTHERS);
  index = 0;
  nowMs = LOG_TIME_MS;

  constructor(readonly tables = new ModelTables()) {
    this.machine.open(tables);
    const { monotonicMs, wallMs } = this.instant;
    const before = { monotonicMs: monotonicMs - QUIET_MS, wallMs: wallMs - QUIET_MS };
    this.machine.duties.start(TERM as never, before);
  }

  get instant(): { readonly monotonicMs: number; readonly wallMs: number } {
    return { monotonicMs: this.nowMs - LOG_TIME_MS + 1_000_000, wallMs: this.nowMs };
  }

  /** Applies a command, and then sweeps until nothing is left to be swept. */
  apply(command: TopicCommand): Answered {
    const answered = this.applyOne(command);
    this.sweep();
    return answered;
  }

  /** What the leader proposes now by itself. */
  ticked(): readonly TopicCommand[] {
    return this.machine.duties.tick(this.instant) as readonly TopicCommand[];
  }

  query(query: TopicQuery): unknown {
    return this.machine.query(query, this.instant as never);
  }

  /** Another machine over a copy of the records, as after a restart. */
  restarted(): ShardUnderTest {
    const other = new ShardUnderTest(this.tables.copy());
    other.index = this.index;
    other.nowMs = this.nowMs;
    return other;
  }

  private sweep(): void {
    const { duties } = this.machine;
    let commands = duties.followUps();
    for (let swept = 0; commands.length > 0; swept += 1) {
      if (swept > SWEEPS_MAX) throw new Error('sweeps do not come to an end');
      for (const command of commands) this.applyOne(command as TopicCommand);
      commands = duties.followUps();
    }
    duties.takeNotices();
  }

  private applyOne(command: TopicCommand): Answered {
    this.index += 1;
    const { index, nowMs: logTimeMs } = this;
    const context = { index, term: TERM, logTimeMs, proposer: null, idempotency: null };
    const applied = this.machine.apply(command, context as never);
    this.machine.duties.observe(applied.effects, this.instant);
    const presented = readResult(applied.present?.() ?? applied.result);
    return { result: readResult(applied.result), presented };
  }
}
