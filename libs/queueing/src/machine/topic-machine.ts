import {
  decode,
  encode,
  type Applied,
  type ApplyContext,
  type Instant,
  type ReplicatedMachine,
  type Rereading,
  type StateTables,
} from '@sinkron/consensus';
import { understood, type Malformed } from '@sinkron/fields';
import { unreachable } from '@sinkron/invariant';
import { packHandedOut } from '../core/commands/handed-out-columns.js';
import { readCommand } from '../core/commands/reading/read-command.js';
import { readQuery } from '../core/commands/reading/read-query.js';
import type {
  GroupView,
  MessagePage,
  MessageView,
  Missing,
  PendingPage,
  TopicQuery,
  TopicView,
} from '../core/commands/topic-query.js';
import type { Received, StoredPart, TopicResult } from '../core/commands/topic-result.js';
import type { TopicEffect } from '../core/topics/topic-effect.js';
import { TopicTable } from '../core/topics/topic-table.js';
import { bodiesOf } from './bodies.js';
import type { OtherShards } from './other-shards.js';
import { TopicDuties } from './topic-duties.js';
import type { TopicTotals } from './topic-totals.js';
import { TopicViews, type TopicGauges } from './topic-views.js';

/** The name under which commands reach the machine and its tables are kept. */
export const TOPIC_MACHINE = 'topics';

type View =
  | TopicView
  | readonly TopicView[]
  | GroupView
  | readonly GroupView[]
  | MessageView
  | MessagePage
  | PendingPage
  | Missing;

/** Topics of one shard as a replicated machine: the table on every replica, duties where it leads. */
export class TopicMachine implements ReplicatedMachine<TopicEffect> {
  readonly name = TOPIC_MACHINE;
  readonly duties: TopicDuties;
  private readonly table: TopicTable;
  private readonly views: TopicViews;

  /**
   * @param shard its number in the family: ids of topics differ between shards by it.
   * @param others the other shards; without them, all topics are here.
   */
  constructor(shard = 0, others?: OtherShards) {
    this.table = new TopicTable(
      { encode, decode },
      shard,
      others && ((topic) => others.shardOf(topic)),
    );
    this.duties = new TopicDuties(this.table, shard, others);
    this.views = new TopicViews(this.table);
  }

  /** What this replica saw while it led, by topic; never falls as long as the topic is there. */
  get totals(): ReadonlyMap<string, TopicTotals> {
    return this.duties.totals;
  }

  /**
   * Topics and groups as they are, where this replica leads; nothing elsewhere.
   *
   * @param wantsAges of which topics the ages are asked for, which reads their messages.
   */
  *gaugesAsLeader(
    instant: Instant,
    wantsAges: (topic: string) => boolean,
  ): Generator<TopicGauges, void, undefined> {
    if (!this.duties.leads) return;
    yield* this.views.gauges(this.nowMs(instant), wantsAges);
    this.table.shard.cache.trim();
  }

  /** What waits here for other shards, where this replica leads; null elsewhere. */
  get outboxAsLeader(): { readonly messages: number; readonly bytes: number } | null {
    return this.duties.leads ? this.table.shard.outbox.counts : null;
  }

  open(tables: StateTables): void {
    this.table.open(tables);
  }

  reread(tables: StateTables): Rereading {
    return this.table.reread(tables);
  }

  /** Applies one committed command; a malformed one changes nothing and says what is wrong. */
  apply(value: unknown, context: ApplyContext): Applied<TopicEffect> {
    const command = understood(() => readCommand(value));
    if ('status' in command) return { result: command, remember: false, effects: [] };
    const { result, effects } = this.table.apply(command, context.logTimeMs);
    const remember = isRemembered(result);
    if (result.status !== 'received') return { result, remember, effects };
    const kept = { ...result, messages: packHandedOut(result.messages) };
    const present = (): unknown => ({ ...kept, bodies: this.bodies(result) });
    return { result: kept, remember, effects, present };
  }

  query(value: unknown, instant: Instant): View | Malformed {
    const query = understood(() => readQuery(value));
    if ('status' in query) return query;
    const view = this.answer(query, instant);
    this.table.shard.cache.trim();
    return view;
  }

  private answer(query: TopicQuery, instant: Instant): View {
    const nowMs = this.nowMs(instant);
    switch (query.kind) {
      case 'topic':
        return this.views.topic(query);
      case 'topics':
        return this.views.topics(query);
      case 'group':
        return this.views.group(query, nowMs);
      case 'groups':
        return this.views.groups(query, nowMs);
      case 'message':
        return this.views.message(query);
      case 'messages':
        return this.views.messages(query);
      case 'pending':
        return this.views.pending(query);
      case 'bodies':
        return this.views.bodies(query);
      default:
        return unreachable(query);
    }
  }

  /** The clock of this node may be behind the log. */
  private nowMs(instant: Instant): number {
    return Math.max(instant.wallMs, this.table.shard.nowMs);
  }

  private bodies({ topicId, messages }: Received): readonly StoredPart[] {
    const topic = this.table.shard.topicOf(topicId);
    const sequences = messages.map(({ sequence }) => sequence);
    return topic === undefined ? [] : bodiesOf(topic, sequences);
  }
}

/** A refusal for now is asked again; so is a receive that found nothing, while its client waits. */
function isRemembered(result: TopicResult): boolean {
  switch (result.status) {
    case 'malformed':
    case 'queue-full':
    case 'swept':
      return false;
    case 'received':
      return result.messages.length > 0;
    case 'topic-not-found':
    case 'group-not-found':
    case 'message-not-found':
    case 'published':
    case 'configured':
    case 'configuration-conflict':
    case 'deleted':
    case 'purged':
    case 'group-created':
    case 'group-deleted':
    case 'settled':
    case 'sought':
    case 'redriven':
    case 'outbox-taken':
      return true;
    default:
      return unreachable(result);
  }
}
