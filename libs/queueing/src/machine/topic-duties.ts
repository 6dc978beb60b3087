import type { Instant, LeaderDuties, Notice, Term } from '@sinkron/consensus';
import { understood, type Malformed } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import { readCommand } from '../core/commands/reading/read-command.js';
import { readRequest } from '../core/commands/reading/read-request.js';
import type { DueCommand, DutyCommand } from '../core/commands/topic-command.js';
import type { TopicRequest, WatchAnswer } from '../core/commands/topic-request.js';
import type { TopicEffect } from '../core/topics/topic-effect.js';
import type { TopicTable } from '../core/topics/topic-table.js';
import { DUE_RETRY_MS, QUIET_MS } from './limits.js';
import type { OtherShards } from './other-shards.js';
import { OutboxDuty } from './outbox-duty.js';
import { Totals, type TopicTotals } from './topic-totals.js';
import { Watchers } from './watchers.js';

/**
 * What only the leader does about topics, all of it in memory: when something is due, which sweep is
 * next, what other shards are to have, whom to tell of messages, and what is counted.
 */
export class TopicDuties implements LeaderDuties<TopicEffect> {
  private readonly counted = new Totals();
  private readonly watchers = new Watchers();
  private term: Term | undefined;
  /** Monotonic; see {@link QUIET_MS}. */
  private quietUntilMs = 0;
  /** A `due` is proposed and not yet applied or refused. */
  private dueProposed = false;
  /** The last one did not do all that is due. */
  private isDueLeft = false;
  private dueProposedAtMs = Number.NEGATIVE_INFINITY;
  /** The log time of the last applied command, and the monotonic moment at which it was seen. */
  private seenLogTimeMs = 0;
  private seenAtMs = 0;
  /** A sweep is proposed and not yet applied or refused. */
  private sweeping = false;
  private readonly outbox: OutboxDuty;

  /** @param others without them, nothing leaves the shard. */
  constructor(
    private readonly table: TopicTable,
    shard = 0,
    others?: OtherShards,
  ) {
    this.outbox = new OutboxDuty(table, shard, others);
  }

  get leads(): boolean {
    return this.term !== undefined;
  }

  /** By topic. */
  get totals(): ReadonlyMap<string, TopicTotals> {
    return this.counted.topics;
  }

  start(term: Term, instant: Instant): void {
    this.stop();
    this.term = term;
    this.quietUntilMs = instant.monotonicMs + QUIET_MS;
    this.see(instant);
    this.outbox.start();
  }

  observe(effects: readonly TopicEffect[], instant: Instant): void {
    this.see(instant);
    for (const effect of effects) {
      this.counted.observe(effect);
      if (effect.kind === 'changed') this.watchers.stir(effect.topic);
      else if (effect.kind === 'swept') this.sweeping = false;
      else if (effect.kind === 'due-done') {
        const { nextMs } = this.table.shard.due;
        this.dueProposed = false;
        this.isDueLeft = nextMs !== null && nextMs <= effect.logTimeMs;
      }
    }
  }

  tick(instant: Instant): readonly DueCommand[] {
    if (this.term === undefined) return [];
    this.watchers.tick(instant.monotonicMs);
    if (this.dueProposed || instant.monotonicMs < this.quietUntilMs) return [];
    if (!this.isDue(instant)) return [];
    this.dueProposedAtMs = instant.monotonicMs;
    return [this.propose(this.term)];
  }

  followUps(): readonly DutyCommand[] {
    if (this.term === undefined) return [];
    this.outbox.look();
    const commands: DutyCommand[] = [];
    if (this.isDueLeft && !this.dueProposed) commands.push(this.propose(this.term));
    if (!this.sweeping && this.table.shard.sweepPending) {
      this.sweeping = true;
      commands.push({ kind: 'sweep' });
    }
    return commands;
  }

  refused(value: unknown): void {
    const { kind } = readCommand(value);
    invariant(
      kind === 'due' || kind === 'sweep',
      'TopicDuties: only its own commands are refused',
      {
        kind,
      },
    );
    if (kind === 'due') this.dueProposed = false;
    else this.sweeping = false;
  }

  /** A watch, without a log entry. */
  request(value: unknown, instant: Instant): WatchAnswer | Malformed {
    return understood(() => this.answer(readRequest(value), instant.monotonicMs));
  }

  takeNotices(): readonly Notice[] {
    return this.watchers.takeNotices((topic, group) => this.receivable(topic, group));
  }

  stop(): void {
    this.term = undefined;
    this.dueProposed = false;
    this.isDueLeft = false;
    this.dueProposedAtMs = Number.NEGATIVE_INFINITY;
    this.sweeping = false;
    this.watchers.clear();
    this.outbox.stop();
  }

  private see({ monotonicMs }: Instant): void {
    this.seenLogTimeMs = this.table.shard.nowMs;
    this.seenAtMs = monotonicMs;
  }

  /**
   * Whether a `due` entry would find something to do. Log time runs at least as fast as the monotonic
   * clock, whatever this node's wall clock says. That may be ahead of log time, so it is believed from
   * time to time only; and where nothing was applied since the tables were opened, an entry tells.
   */
  private isDue({ monotonicMs, wallMs }: Instant): boolean {
    const { nextMs } = this.table.shard.due;
    if (nextMs === null) return false;
    const isSeen = this.seenLogTimeMs > 0;
    if (isSeen && this.seenLogTimeMs + monotonicMs - this.seenAtMs >= nextMs) return true;
    return (wallMs >= nextMs || !isSeen) && monotonicMs >= this.dueProposedAtMs + DUE_RETRY_MS;
  }

  private propose(term: Term): DueCommand {
    this.dueProposed = true;
    this.isDueLeft = false;
    return { kind: 'due', term };
  }

  private answer(request: TopicRequest, nowMs: number): WatchAnswer {
    const topic = this.table.shard.topic(request.topic);
    if (topic === undefined) return { ready: null, missing: 'topic' };
    if (topic.groups?.has(request.group) !== true) return { ready: null, missing: 'group' };
    this.watchers.watch(request, nowMs);
    return { ready: topic.groups.receivable(request.group), missing: null };
  }

  private receivable(topic: string, group: string): number | undefined {
    const groups = this.table.shard.topic(topic)?.groups;
    return groups?.has(group) === true ? groups.receivable(group) : undefined;
  }
}
