import { Injectable, Logger } from '@nestjs/common';
import { ClusterRouter, topicPlacementName, type Target } from '@sinkron/cluster';
import { MalformedValue } from '@sinkron/fields';
import { compareByteOrder } from '@sinkron/utf8';
import { WATCH_MS } from '../core/limits.js';
import type { TopicQuery, TopicView } from '../core/commands/topic-query.js';
import type { WatchAnswer, WatchRequest } from '../core/commands/topic-request.js';
import type { Presented, TopicResult } from '../core/commands/topic-result.js';
import { TOPIC_MACHINE } from '../machine/topic-machine.js';
import { REWATCH_TIMEOUT_MS, SHARDS_ASKED_AT_ONCE } from './limits.js';
import { QUEUES_FAMILY, shardOfGroup } from './queues-family.js';
import { readNotice } from './reading/read-notice.js';
import { readResult } from './reading/read-result.js';
import { readAnswer, readWatchAnswer } from './reading/read-view.js';
import type { TopicPlaces } from './topic-places.js';
import type {
  ChangeOptions,
  Changed,
  TopicAnswer,
  TopicChange,
  TopicStore,
} from './topic-store.js';

type ReadyListener = (topic: string, group: string, ready: number) => void;
type QueryOptions = Parameters<TopicStore['query']>[1];
type Watched = Parameters<TopicStore['watch']>[0];

/** What this node wants to hear of one group. */
interface Watch {
  readonly watched: Watched;
  readonly untilMs: number;
}

/** Topics in the shards of the cluster. */
@Injectable()
export class ReplicatedTopicStore implements TopicStore, TopicPlaces {
  private readonly logger = new Logger(ReplicatedTopicStore.name);
  private readonly listeners = new Set<ReadyListener>();
  /** This node's proposer in each shard, as the last command there was sent by it. */
  private readonly proposers = new Map<string, string>();
  private readonly watches = new Map<string, Map<string, Watch>>();
  private readonly unsubscribe: (() => void)[] = [];

  constructor(private readonly router: ClusterRouter) {}

  /** Listens to the shards from now on; the family is registered. */
  start(): void {
    for (const group of this.router.shardsOf(QUEUES_FAMILY)) {
      this.router.onNotices(targetOf(group), (_proposer, body) => this.noticed(body));
      this.unsubscribe.push(this.router.onLeaderNews(group, () => this.watchAgain(group)));
    }
  }

  stop(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  async change(
    change: TopicChange,
    options: ChangeOptions,
  ): Promise<Changed<TopicResult | Presented>> {
    const group = this.shardGroup(change.topic);
    const executed = await this.router.execute(targetOf(group), change, options);
    this.proposers.set(group, executed.proposer);
    return { result: readResult(executed.result), replayed: executed.replayed };
  }

  async query(query: TopicQuery, options: QueryOptions): Promise<TopicAnswer> {
    if (query.kind === 'topics') return this.topics(query, options);
    return this.ask(this.shardGroup(query.topic), query, options);
  }

  async watch(watched: Watched, options: { readonly deadlineMs: number }): Promise<WatchAnswer> {
    const group = this.shardGroup(watched.topic);
    this.keep(group, watched);
    return this.askToWatch(group, watched, options);
  }

  onReady(listener: ReadyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  shardOf(topic: string): number {
    return shardOfGroup(this.shardGroup(topic));
  }

  ownerOf(topic: string): string | null {
    return this.router.leaderOf(this.shardGroup(topic));
  }

  private async askToWatch(
    group: string,
    watched: Watched,
    options: { readonly deadlineMs: number },
  ): Promise<WatchAnswer> {
    const proposer = this.proposers.get(group) ?? '';
    const request: WatchRequest = { kind: 'watch', proposer, ...watched };
    return readWatchAnswer(await this.router.leaderRequest(targetOf(group), request, options));
  }

  private shardGroup(topic: string): string {
    return this.router.shardFor(QUEUES_FAMILY, topicPlacementName(topic));
  }

  private async ask(group: string, query: TopicQuery, options: QueryOptions): Promise<TopicAnswer> {
    return readAnswer(query.kind, await this.router.query(targetOf(group), query, options));
  }

  /** The first topics of all shards together. One that cannot be asked fails the whole. */
  private async topics(
    query: Extract<TopicQuery, { readonly kind: 'topics' }>,
    options: QueryOptions,
  ): Promise<readonly TopicView[]> {
    const groups = this.router.shardsOf(QUEUES_FAMILY);
    const found: TopicView[] = [];
    for (let at = 0; at < groups.length; at += SHARDS_ASKED_AT_ONCE) {
      const asked = groups.slice(at, at + SHARDS_ASKED_AT_ONCE);
      const answers = await Promise.all(asked.map((group) => this.ask(group, query, options)));
      for (const answer of answers) {
        if (!isTopicList(answer)) throw new MalformedValue('topics', 'a list of topics');
        found.push(...answer);
      }
      found.sort((left, right) => compareByteOrder(left.topic, right.topic));
      found.splice(query.limit);
    }
    return found;
  }

  private keep(group: string, watched: Watched): void {
    const watches = this.watches.get(group) ?? new Map<string, Watch>();
    this.watches.set(group, watches);
    const key = `${watched.topic}\n${watched.group}`;
    // Behind those that end earlier.
    watches.delete(key);
    const nowMs = performance.now();
    for (const [endedKey, { untilMs }] of watches) {
      if (untilMs >= nowMs) break;
      watches.delete(endedKey);
    }
    if (watched.wanted > 0) watches.set(key, { watched, untilMs: nowMs + WATCH_MS });
  }

  /** Another leader knows nothing of what this node told the one before. */
  private watchAgain(group: string): void {
    const nowMs = performance.now();
    for (const [key, { watched, untilMs }] of this.watches.get(group) ?? []) {
      if (untilMs < nowMs) this.watches.get(group)?.delete(key);
      else void this.rewatch(group, watched, nowMs + REWATCH_TIMEOUT_MS);
    }
  }

  /** Keeps nothing: what is kept is walked through meanwhile, and ends when the one who waits said. */
  private async rewatch(group: string, watched: Watched, deadlineMs: number): Promise<void> {
    try {
      const { ready } = await this.askToWatch(group, watched, { deadlineMs });
      if (ready !== null && ready > 0) this.tell(watched.topic, watched.group, ready);
    } catch (error) {
      // Whoever waits asks again by himself.
      this.logger.debug('a group was not watched at its new leader', { error });
    }
  }

  private noticed(body: unknown): void {
    try {
      const { topic, group, ready } = readNotice(body);
      this.tell(topic, group, ready);
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      this.logger.warn('dropped a malformed notice', { reason: error.message });
    }
  }

  private tell(topic: string, group: string, ready: number): void {
    for (const listener of this.listeners) listener(topic, group, ready);
  }
}

function targetOf(group: string): Target {
  return { group, machine: TOPIC_MACHINE };
}

function isTopicList(answer: TopicAnswer): answer is readonly TopicView[] {
  return Array.isArray(answer);
}
