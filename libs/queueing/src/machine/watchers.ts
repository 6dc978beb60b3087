import { proposerId, type Notice } from '@sinkron/consensus';
import type { ReadyNotice, WatchRequest } from '../core/commands/topic-request.js';
import { WATCH_MS } from '../core/limits.js';
import { WATCHED_GROUPS_MAX, WATCHES_PRUNED_MS } from './limits.js';

interface Watch {
  readonly wanted: number;
  readonly untilMs: number;
}

/** The nodes that watch one group, whose turn is next first. */
type GroupWatches = Map<string, Watch>;

/** How many messages of a group a receive might get now; undefined when there is no such group. */
export type Receivable = (topic: string, group: string) => number | undefined;

/**
 * Which nodes have consumers that wait for messages, and who is told of messages next.
 *
 * A notice is a hint: it reserves nothing, so what it offered is offered to the next in turn until
 * somebody has received it.
 */
export class Watchers {
  private readonly topics = new Map<string, Map<string, GroupWatches>>();
  /** Topics whose watchers may have to hear something. */
  private readonly stirred = new Set<string>();
  /** Topics that had something for their watchers when these were last told: they hear of it again. */
  private readonly untaken = new Set<string>();
  private groups = 0;
  private prunedAtMs = Number.NEGATIVE_INFINITY;

  /** A node without a proposer yet, '', is not told of anything. */
  watch({ proposer, topic, group, wanted }: WatchRequest, nowMs: number): void {
    this.remove(topic, group, proposer);
    if (wanted === 0 || proposer === '' || this.groups >= WATCHED_GROUPS_MAX) return;
    const groups = this.topics.get(topic) ?? new Map<string, GroupWatches>();
    this.topics.set(topic, groups);
    let watches = groups.get(group);
    if (watches === undefined) {
      watches = new Map();
      groups.set(group, watches);
      this.groups += 1;
    }
    watches.set(proposer, { wanted, untilMs: nowMs + WATCH_MS });
    // What its answer says is ready may be taken by nobody.
    this.untaken.add(topic);
  }

  /** Messages may be ready in groups of the topic. */
  stir(topic: string): void {
    if (this.topics.has(topic)) this.stirred.add(topic);
  }

  /** Forgets watches that have ended, and offers what is still ready once more. */
  tick(nowMs: number): void {
    if (nowMs >= this.prunedAtMs + WATCHES_PRUNED_MS) this.prune(nowMs);
    for (const topic of this.untaken) this.stir(topic);
    this.untaken.clear();
  }

  takeNotices(receivable: Receivable): readonly Notice[] {
    if (this.stirred.size === 0) return [];
    const notices: Notice[] = [];
    for (const topic of this.stirred) {
      for (const [group, watches] of this.topics.get(topic) ?? []) {
        const ready = receivable(topic, group) ?? 0;
        if (ready === 0) continue;
        this.untaken.add(topic);
        offer(notices, { topic, group, ready }, watches);
      }
    }
    this.stirred.clear();
    return notices;
  }

  clear(): void {
    this.topics.clear();
    this.stirred.clear();
    this.untaken.clear();
    this.groups = 0;
  }

  private prune(nowMs: number): void {
    this.prunedAtMs = nowMs;
    for (const [topic, groups] of this.topics) {
      for (const [group, watches] of groups) {
        for (const [proposer, { untilMs }] of watches) {
          if (untilMs <= nowMs) this.remove(topic, group, proposer);
        }
      }
    }
  }

  private remove(topic: string, group: string, proposer: string): void {
    const groups = this.topics.get(topic);
    const watches = groups?.get(group);
    if (groups === undefined || watches?.delete(proposer) !== true || watches.size > 0) return;
    groups.delete(group);
    this.groups -= 1;
    if (groups.size === 0) this.topics.delete(topic);
  }
}

/** Tells watchers in turn until what is ready is offered; whoever is told is last in the next turn. */
function offer(
  notices: Notice[],
  { topic, group, ready }: ReadyNotice,
  watches: GroupWatches,
): void {
  let left = ready;
  const turns = [...watches];
  for (const [proposer, watch] of turns) {
    if (left <= 0) return;
    const body: ReadyNotice = { topic, group, ready: Math.min(left, watch.wanted) };
    notices.push({ proposer: proposerId(proposer), body });
    left -= watch.wanted;
    watches.delete(proposer);
    watches.set(proposer, watch);
  }
}
