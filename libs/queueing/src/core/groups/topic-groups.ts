import { invariant } from '@sinkron/invariant';
import { compareByteOrder } from '@sinkron/utf8';
import type { DeliveryReceipts } from '../commands/topic-command.js';
import type {
  GroupCounts,
  GroupView,
  MessageStateInGroup,
  PendingView,
} from '../commands/topic-query.js';
import type { Acknowledged, Received } from '../commands/topic-result.js';
import { GROUPS_PER_TOPIC_MAX, IN_FLIGHT_MAX } from '../limits.js';
import type { StoredMessage } from '../ports.js';
import { DUE_PER_COMMAND_MAX } from './limits.js';
import type { Delivery } from './memory/delivery.js';
import { newGroupRecord, type GroupRecord } from './records/group-record.js';
import { GroupState } from './state/group-state.js';
import { TopicState } from './state/topic-state.js';
import { expire } from './steps/expire.js';
import { moveKey } from './steps/keys.js';
import { acknowledge, extend, giveBack, nack } from './steps/receipts.js';
import { receive } from './steps/receive.js';
import { expireMessages, mature, remove } from './steps/topic-changes.js';
import type { NackTerms, PendingTerms, ReceiveTerms, TopicGroupsOptions } from './terms.js';
import { countsOf, groupView, oldestReadyAgeMs, pendingOf, stateOf } from './views/group-views.js';

export type {
  DeadLetterFacts,
  NackTerms,
  PendingTerms,
  ReceiveTerms,
  TopicGroupsOptions,
} from './terms.js';

/**
 * All groups of one topic.
 *
 * Methods that name a group need one that exists (`has`); all times are log time. The commands
 * `receive`, `ack`, `nack`, `giveBack` and `extend` first do what is due in their group by their own
 * time, for at most DUE_PER_COMMAND_MAX messages; beyond it, receipts whose visibility has passed are
 * stale all the same.
 *
 * What is in memory beyond the groups' records is a copy of what is on the disk: it never changes what
 * a command does.
 */
export class TopicGroups {
  private readonly topic: TopicState;

  constructor(private readonly options: TopicGroupsOptions) {
    this.topic = new TopicState(options);
  }

  /** A group that is on the disk (`ShardGroups.records`), while the machine opens; by ascending id. */
  adopt(record: GroupRecord): void {
    invariant(record.topicId === this.options.topicId, 'TopicGroups: adopts its own', {
      topicId: record.topicId,
    });
    this.topic.groups.set(record.name, new GroupState(record, this.topic));
    this.options.shard.count += 1;
  }

  get count(): number {
    return this.topic.groups.size;
  }

  /** In byte order. */
  get names(): readonly string[] {
    return [...this.topic.groups.keys()].sort(compareByteOrder);
  }

  has(group: string): boolean {
    return this.topic.groups.has(group);
  }

  idOf(group: string): number | undefined {
    return this.topic.groups.get(group)?.id;
  }

  /** The group that has this id now: a seek and a purge change it. */
  nameOf(groupId: number): string | undefined {
    return this.withId(groupId)?.record.name;
  }

  /** Makes a group that sees what has a sequence from `from` on. @returns false if it was there. */
  create(group: string, from: number): boolean {
    if (this.topic.groups.has(group)) return false;
    invariant(this.count < GROUPS_PER_TOPIC_MAX, 'TopicGroups: groups <= GROUPS_PER_TOPIC_MAX', {
      count: this.count,
    });
    this.begin(group, from);
    this.topic.flush();
    return true;
  }

  /** @returns false if it was not there. What is left on the disk is swept (`ShardGroups.sweep`). */
  delete(group: string): boolean {
    const state = this.topic.groups.get(group);
    if (state === undefined) return false;
    this.end(state);
    this.options.messages.dropGroup(state.id);
    return true;
  }

  /** The topic is deleted; `TopicMessages.dropGroup` is not called. */
  deleteAll(): void {
    for (const state of this.topic.groups.values()) this.end(state);
  }

  /** After all messages of the topic are gone, from `TopicMessages.counts` too: groups begin anew behind them. */
  purge(): void {
    const from = this.options.messages.lastSequence + 1;
    const states = [...this.topic.groups.values()];
    for (const state of states) this.beginAnew(state, from);
    this.topic.flush();
  }

  /** The group begins anew, under a new id, at the first message with a sequence from `from` on. */
  seek(group: string, from: number): void {
    this.beginAnew(this.state(group), from);
    this.topic.flush();
  }

  /** Hands out messages, see `ReceiveCommand`. An answer without messages may have changed something. */
  receive(group: string, terms: ReceiveTerms, logTimeMs: number): Received {
    return this.command(group, logTimeMs, (state) => receive(state, terms, logTimeMs));
  }

  ack(group: string, receipts: readonly DeliveryReceipts[], logTimeMs: number): Acknowledged {
    return this.command(group, logTimeMs, (state) => acknowledge(state, receipts, logTimeMs));
  }

  nack(
    group: string,
    receipts: readonly DeliveryReceipts[],
    terms: NackTerms,
    logTimeMs: number,
  ): Acknowledged {
    return this.command(group, logTimeMs, (state) => nack(state, receipts, terms, logTimeMs));
  }

  giveBack(group: string, receipts: readonly DeliveryReceipts[], logTimeMs: number): Acknowledged {
    return this.command(group, logTimeMs, (state) => giveBack(state, receipts, logTimeMs));
  }

  extend(
    group: string,
    receipts: readonly DeliveryReceipts[],
    visibilityMs: number,
    logTimeMs: number,
  ): Acknowledged {
    return this.command(group, logTimeMs, (state) =>
      extend(state, receipts, visibilityMs, logTimeMs),
    );
  }

  /** Passed visibilities and back-offs, of at most `budget` messages. @returns of how many. */
  expireDue(logTimeMs: number, budget: number): number {
    let count = 0;
    for (const state of this.topic.groups.values()) {
      if (count >= budget) break;
      count += expire(state, logTimeMs, budget - count);
    }
    this.topic.flush();
    return count;
  }

  /** When `expireDue` has something to do next; null: never, as it is. */
  get nextDueMs(): number | null {
    let next: number | null = null;
    for (const { record } of this.topic.groups.values()) {
      const { nextDueMs } = record;
      if (nextDueMs !== null && (next === null || nextDueMs < next)) next = nextDueMs;
    }
    return next;
  }

  /**
   * Open messages were stored, after the topic's counts say so. Writes nothing. `list` is called only if
   * somebody wants them; ascending by sequence.
   */
  published(list: () => readonly StoredMessage[]): void {
    let messages: readonly StoredMessage[] | undefined;
    for (const state of this.topic.groups.values()) {
      const windows = state.loaded?.windows;
      if (windows === undefined || !windows.wantsMore) continue;
      messages ??= list();
      for (const message of messages) windows.append(message);
      this.options.shard.loaded.recount(state);
    }
  }

  /** Messages were stored (open) that only this group has not settled; instead of `published`. */
  redriven(group: string, messages: readonly StoredMessage[]): void {
    const receiver = this.state(group);
    for (const state of this.topic.groups.values()) {
      if (state === receiver) {
        for (const message of messages) state.loaded?.windows.append(message);
      } else {
        state.record.settledOpen += messages.length;
        state.changed = true;
      }
    }
    this.topic.flush();
  }

  /** Delayed messages are open now (`counts` and `isDelayed` say so). A record a message and group at most. */
  matured(messages: readonly StoredMessage[]): void {
    for (const state of this.topic.groups.values()) {
      for (const message of messages) mature(state, message);
    }
    this.topic.flush();
  }

  /**
   * These messages are about to be removed for all: called while the port still knows them, whether they
   * are open, delayed, settled. In flight or not: their receipts are stale then. Afterwards the port
   * must not know them, and {@link afterRemoval} be called.
   */
  removed(messages: readonly StoredMessage[]): void {
    for (const state of this.topic.groups.values()) {
      const ended = new Set<Delivery>();
      for (const message of messages) remove(state, message, ended);
      if (ended.size > 0) state.rewrite(ended);
    }
  }

  /** The messages of {@link removed} are gone: the next of their keys may be ready. */
  afterRemoval(messages: readonly StoredMessage[]): void {
    const keys = new Set<string>();
    for (const { key } of messages) if (key !== null) keys.add(key);
    for (const state of this.topic.groups.values()) {
      for (const key of keys) moveKey(state, key);
    }
    this.topic.flush();
  }

  /**
   * These open messages are past their ttl. Groups settle them, but for those that have one in flight:
   * they do so when its delivery ends, whichever way, unless it becomes a dead letter.
   */
  expired(messages: readonly StoredMessage[]): void {
    for (const state of this.topic.groups.values()) expireMessages(state, messages);
    this.topic.flush();
  }

  /** The same for a group that begins, of messages that all others are done with or have in flight. */
  expiredIn(group: string, messages: readonly StoredMessage[]): void {
    expireMessages(this.state(group), messages);
    this.topic.flush();
  }

  /** O(1). */
  counts(group: string): GroupCounts {
    return countsOf(this.state(group));
  }

  /** Null when nothing is ready. Its deliveries are not read for it. */
  oldestReadyAgeMs(group: string, logTimeMs: number): number | null {
    return oldestReadyAgeMs(this.state(group), logTimeMs);
  }

  view(group: string, logTimeMs: number): GroupView {
    return this.look(this.state(group), (state) => groupView(state, logTimeMs));
  }

  /**
   * Messages that receives might get now: those known to be behind their key's head are left out, and
   * what would be too many in flight. O(1).
   */
  receivable(group: string): number {
    const { ready, record } = this.state(group);
    return Math.min(ready - record.blocked, IN_FLIGHT_MAX - record.inFlight);
  }

  /** In flight, ascending by sequence. */
  pending(group: string, terms: PendingTerms): readonly PendingView[] {
    return this.look(this.state(group), (state) => pendingOf(state, terms));
  }

  /** Of a stored message, in all groups, in byte order of their names. */
  states(message: StoredMessage): readonly MessageStateInGroup[] {
    return this.names.map((name) => this.stateIn(name, message));
  }

  stateIn(group: string, message: StoredMessage): MessageStateInGroup {
    return this.look(this.state(group), (state) => stateOf(state, message));
  }

  /** Sequences that are in flight under a delivery, as they were handed out. */
  inFlight(groupId: number, deliveryId: number): readonly number[] {
    const state = this.withId(groupId);
    if (state === undefined || state.record.inFlight === 0) return [];
    const entries = this.look(state, ({ memory }) => memory.delivery(deliveryId)?.entries);
    return (entries ?? []).map(({ sequence }) => sequence);
  }

  /** A look may load a group, between commands: others may be dropped for it. */
  private look<Seen>(state: GroupState, read: (state: GroupState) => Seen): Seen {
    const seen = read(state);
    this.options.shard.loaded.used(state);
    return seen;
  }

  private command<Result>(
    group: string,
    logTimeMs: number,
    step: (state: GroupState) => Result,
  ): Result {
    const state = this.state(group);
    expire(state, logTimeMs, DUE_PER_COMMAND_MAX);
    const result = step(state);
    this.topic.flush();
    return result;
  }

  private begin(name: string, from: number): GroupState {
    const { shard, topicId, messages } = this.options;
    const record = newGroupRecord(topicId, shard.newGroupId(), name);
    record.cursors.fill(from);
    const { open, delayed } = messages.countsBefore(from);
    record.settledOpen = open;
    record.settledDelayed = delayed;
    messages.addGroup(record.groupId, from);
    const state = new GroupState(record, this.topic);
    state.changed = true;
    this.topic.groups.set(name, state);
    shard.count += 1;
    return state;
  }

  private beginAnew(state: GroupState, from: number): void {
    this.end(state);
    this.options.messages.dropGroup(state.id);
    this.begin(state.record.name, from).record.deadLettered = state.record.deadLettered;
  }

  private end(state: GroupState): void {
    const { inFlight, waiting, returned } = state.record;
    state.tables.removeGroup();
    if (inFlight + waiting + returned > 0) this.options.shard.drop(state.id);
    this.options.shard.loaded.forget(state);
    this.options.shard.count -= 1;
    this.topic.groups.delete(state.record.name);
  }

  private withId(groupId: number): GroupState | undefined {
    for (const state of this.topic.groups.values()) if (state.id === groupId) return state;
    return undefined;
  }

  private state(group: string): GroupState {
    const state = this.topic.groups.get(group);
    invariant(state !== undefined, 'TopicGroups: the group is there', { group });
    return state;
  }
}
