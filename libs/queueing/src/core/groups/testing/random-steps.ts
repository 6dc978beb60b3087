import fc from 'fast-check';
import type { DeliveryReceipts } from '../../commands/topic-command.js';
import type { Draft } from './memory-messages.js';
import type { TopicUnderTest } from './topic-under-test.js';

export const GROUPS = ['one', 'two'] as const;
type Group = (typeof GROUPS)[number];

/** What may happen to the groups of a topic; each makes some time pass first. */
export type Step = { readonly afterMs: number } & (
  | { readonly kind: 'publish'; readonly drafts: readonly Draft[]; readonly ttlMs: number | null }
  | { readonly kind: 'redrive'; readonly group: Group; readonly drafts: readonly Draft[] }
  | { readonly kind: 'mature'; readonly count: number }
  | { readonly kind: 'remove'; readonly choice: number; readonly count: number }
  | { readonly kind: 'expire-messages' }
  | { readonly kind: 'due'; readonly budget: number }
  | { readonly kind: 'receive'; readonly group: Group; readonly max: number }
  | {
      readonly kind: 'ack' | 'nack' | 'give-back' | 'extend' | 'dead-letter';
      readonly group: Group;
      readonly choice: number;
      readonly count: number;
      readonly delayMs: number | null;
    }
  | { readonly kind: 'seek'; readonly group: Group; readonly choice: number }
  | { readonly kind: 'delete-group'; readonly group: Group }
  | { readonly kind: 'create-group'; readonly group: Group; readonly choice: number }
  | { readonly kind: 'sweep'; readonly budget: number }
  | { readonly kind: 'purge' }
);

const draft = fc.record(
  {
    priority: fc.constantFrom(0, 4, 4, 4, 9),
    key: fc.constantFrom('a', 'a', 'b'),
    delayed: fc.constantFrom(false, false, true),
    bytes: fc.constantFrom(1, 5 * 1024 ** 2),
  },
  { requiredKeys: ['delayed'] },
);
const group = fc.constantFrom(...GROUPS);
const choice = fc.nat(1_000);
const afterMs = fc.constantFrom(0, 0, 1, 40, 100);
const drafts = fc.array(draft, { minLength: 1, maxLength: 6 });
const few = fc.integer({ min: 1, max: 5 });

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      afterMs,
      kind: fc.constant('publish' as const),
      drafts,
      ttlMs: fc.constantFrom(null, null, 120),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ afterMs, kind: fc.constant('receive' as const), group, max: few }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      afterMs,
      kind: fc.constantFrom('ack', 'ack', 'nack', 'nack', 'give-back', 'extend', 'dead-letter'),
      group,
      choice,
      count: few,
      delayMs: fc.constantFrom(null, null, 0, 70),
    }),
  },
  fc.record({ afterMs, kind: fc.constant('redrive' as const), group, drafts }),
  fc.record({ afterMs, kind: fc.constant('mature' as const), count: few }),
  fc.record({ afterMs, kind: fc.constant('remove' as const), choice, count: few }),
  fc.record({ afterMs, kind: fc.constant('expire-messages' as const) }),
  fc.record({ afterMs, kind: fc.constant('due' as const), budget: few }),
  fc.record({ afterMs, kind: fc.constant('seek' as const), group, choice }),
  fc.record({ afterMs, kind: fc.constant('delete-group' as const), group }),
  fc.record({ afterMs, kind: fc.constant('create-group' as const), group, choice }),
  fc.record({ afterMs, kind: fc.constant('sweep' as const), budget: few }),
  fc.record({ afterMs, kind: fc.constant('purge' as const) }),
);

/** Does the steps to a topic, and remembers what it handed out. */
export class RandomRun {
  logTimeMs = 1_000;
  /** All receipts so far, the stale ones too. */
  private readonly receipts: DeliveryReceipts[] = [];

  /** @param deadLettersPerStep how many dead letters a step may make. */
  constructor(
    readonly topic: TopicUnderTest,
    private readonly deadLettersPerStep = Number.POSITIVE_INFINITY,
  ) {}

  /** @returns what was answered, if anything was. */
  run(step: Step): unknown {
    this.logTimeMs += step.afterMs;
    this.topic.deadLettersMax = this.topic.deadLetters.length + this.deadLettersPerStep;
    if ('group' in step) return this.runOf(step);
    const { topic, logTimeMs } = this;
    switch (step.kind) {
      case 'publish': {
        const { ttlMs } = step;
        const expiring = ttlMs === null ? {} : { expiresAtMs: logTimeMs + ttlMs };
        return topic.publish(
          step.drafts.map((draft) => ({ ...draft, ...expiring })),
          logTimeMs,
        );
      }
      case 'mature':
        return topic.mature(step.count);
      case 'remove':
        return topic.remove(this.stored(step.choice, step.count));
      case 'expire-messages':
        return topic.expireMessages(logTimeMs);
      case 'due':
        return topic.groups.expireDue(logTimeMs, step.budget);
      case 'sweep':
        return topic.shard.sweep(step.budget);
      case 'purge':
        return topic.purge();
    }
  }

  private runOf(step: Extract<Step, { readonly group: Group }>): unknown {
    const { topic, logTimeMs } = this;
    const { group } = step;
    if (step.kind !== 'create-group' && !topic.groups.has(group)) return undefined;
    if ('delayMs' in step) return this.settle(step);
    switch (step.kind) {
      case 'create-group':
        return topic.create(group, this.place(step.choice));
      case 'delete-group':
        return topic.groups.delete(group);
      case 'redrive':
        return topic.redrive(
          group,
          step.drafts.map((draft) => ({ ...draft, delayed: false })),
          logTimeMs,
        );
      case 'seek':
        return topic.seek(group, this.place(step.choice));
      case 'receive':
        return this.receive(group, step.max);
    }
  }

  private receive(group: Group, max: number): unknown {
    const { messages, ...received } = this.topic.receive(group, max, this.logTimeMs);
    const { topicId, groupId, deliveryId } = received;
    const sequences = messages.map(({ sequence }) => sequence);
    if (messages.length > 0) this.receipts.push({ topicId, groupId, deliveryId, sequences });
    return { messages, ...received };
  }

  private settle(step: Extract<Step, { readonly delayMs: number | null }>): unknown {
    const { topic, logTimeMs } = this;
    const { group, delayMs } = step;
    const chosen = this.receipts.at(-1 - (step.choice % Math.min(4, this.receipts.length || 1)));
    if (chosen === undefined) return undefined;
    const receipts = [{ ...chosen, sequences: chosen.sequences.slice(0, step.count) }];
    const deadLetter = step.kind === 'dead-letter';
    switch (step.kind) {
      case 'ack':
        return topic.groups.ack(group, receipts, logTimeMs);
      case 'give-back':
        return topic.groups.giveBack(group, receipts, logTimeMs);
      case 'extend':
        return topic.groups.extend(group, receipts, delayMs ?? 50, logTimeMs);
      case 'nack':
      case 'dead-letter':
        return topic.groups.nack(
          group,
          receipts,
          { delayMs, reason: 'because', deadLetter },
          logTimeMs,
        );
    }
  }

  private stored(choice: number, count: number): readonly number[] {
    const all = this.topic.messages.all();
    const from = all.length === 0 ? 0 : choice % all.length;
    return all.slice(from, from + count).map(({ sequence }) => sequence);
  }

  private place(choice: number): number {
    return 1 + (choice % (this.topic.messages.lastSequence + 1));
  }
}
