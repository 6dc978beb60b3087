import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type {
  Received,
  TopicResult,
} from '../../../../libs/queueing/src/core/commands/topic-result.js';
import type { ReferenceShard } from '../../../../libs/queueing/src/core/model/reference/reference-shard.js';
import { stateOf } from '../../../../libs/queueing/src/core/model/reference/reference-state.js';
import type { World } from '../../world/world.js';

type Settling = Extract<TopicCommand, { readonly kind: 'ack' | 'nack' | 'return' | 'extend' }>;

/** Tells the coverage what commands have met. */
export class QueueSightings {
  /** Messages with a delay that has not ended, and dead letters, before the command. */
  private delayed = 0;
  private deadLetters = 0;
  /** Deduplication ids that were published once. */
  private readonly ids = new Set<string>();
  /** In which term each delivery was made. */
  private readonly terms = new Map<string, number>();
  private shard: ReferenceShard | null = null;

  constructor(private readonly world: World) {}

  /** A command is about to be applied. */
  before(): void {
    this.delayed = this.countDelayed();
    this.deadLetters = this.countDeadLetters();
  }

  after(
    command: TopicCommand,
    result: TopicResult,
    { shard, term }: { readonly shard: ReferenceShard; readonly term: number },
  ): void {
    const { world } = this;
    this.shard = shard;
    if (this.countDeadLetters() > this.deadLetters) world.met('dead letter made');
    const { kind } = command;
    if (kind === 'due' && this.countDelayed() < this.delayed) world.met('delayed message matured');
    if (kind === 'publish' && result.status === 'published') {
      this.published(command, result.duplicates);
    }
    if (kind === 'receive' && result.status === 'received') this.received(command, result, term);
    if (result.status === 'redriven' && result.moved > 0) world.met('dead letter given back');
    if ('receipts' in command && result.status === 'settled') {
      this.settled(command, new Set(result.stale), term);
    }
  }

  private published(
    { topic, notes }: Extract<TopicCommand, { kind: 'publish' }>,
    duplicates: readonly (readonly [offset: number, sequence: number])[],
  ): void {
    const earlier = new Map(duplicates);
    if (duplicates.length > 0) this.world.met('message suppressed as a duplicate');
    for (const { offset, deduplicationId } of notes) {
      if (deduplicationId === undefined) continue;
      const name = `${topic} ${deduplicationId}`;
      if (this.ids.has(name) && !earlier.has(offset)) this.world.met('deduplication id forgotten');
      this.ids.add(name);
    }
  }

  private received(
    { topic: name, group: groupName, max }: Extract<TopicCommand, { kind: 'receive' }>,
    { topicId, groupId, deliveryId, messages }: Received,
    term: number,
  ): void {
    if (messages.length > 0) this.terms.set([topicId, groupId, deliveryId].join(), term);
    const topic = this.shard?.topic(name);
    const group = this.shard?.group(name, groupName);
    if (topic === undefined || group === undefined || messages.length === max) return;
    const { nowMs } = this.shard ?? { nowMs: 0 };
    const blocked = topic.messages.some((message) => {
      return stateOf(topic, group, message, nowMs) === 'blocked';
    });
    if (blocked) this.world.met('message waited behind another of its key');
  }

  private settled({ kind, receipts }: Settling, stale: ReadonlySet<number>, term: number): void {
    const { world } = this;
    let place = 0;
    for (const { topicId, groupId, deliveryId, sequences } of receipts) {
      const made = this.terms.get([topicId, groupId, deliveryId].join()) ?? term;
      for (const _sequence of sequences) {
        const acted = !stale.has(place);
        place += 1;
        if (!acted && kind !== 'return') world.met('stale receipt refused');
        if (acted && made < term) world.met('delivery outlived its leader');
        if (acted && kind === 'return') world.met('undelivered message returned');
        if (acted && kind === 'extend') world.met('visibility extended');
      }
    }
  }

  private countDelayed(): number {
    return this.sum(({ messages }) => messages.filter(({ dueMs }) => dueMs !== null).length);
  }

  private countDeadLetters(): number {
    return this.sum(({ groups }) => {
      return groups.reduce((sum, { deadLettered }) => sum + deadLettered, 0);
    });
  }

  private sum(count: (topic: ReferenceShard['topics'][number]) => number): number {
    return (this.shard?.topics ?? []).reduce((sum, topic) => sum + count(topic), 0);
  }
}
