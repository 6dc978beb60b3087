import type { Prng } from '../../random/prng.js';
import type { QueueOptions, TopicPlan } from './queue-options.js';
import type { HeldMessage, NewMessage, QueueOrder, Repeats, SettleOrder } from './queue-order.js';
import type { TopicPlans } from './topic-plans.js';

/** Deliveries of a client above which it rather says something of them. */
const HELD_WANTED = 6;

const REDRIVEN_MAX = 5;

/** Draws what a client of queues asks for next, of what would make sense to it. */
export class QueueDrawing {
  constructor(
    private readonly options: QueueOptions,
    private readonly plans: TopicPlans,
    private readonly random: Prng,
  ) {}

  /** @returns null while there is nothing to work with. */
  next(held: readonly HeldMessage[], operation: number): QueueOrder | null {
    const { random, plans } = this;
    const plan = plans.pick(random);
    if (plan === null) return null;
    const [message] = random.sample(held, 1);
    if (message !== undefined && random.permille(held.length > HELD_WANTED ? 900 : 600)) {
      return this.settle(message, held);
    }
    if (plan.redriven && random.permille(40)) {
      return { kind: 'redrive', topic: plan.topic, max: random.integer(1, REDRIVEN_MAX + 1) };
    }
    if (random.permille(450) && !plans.isFull(plan)) return this.publish(plan, operation);
    return this.receive(plan);
  }

  /** Whether what was received is forgotten, as by a consumer that died. */
  forgets(): boolean {
    return this.random.permille(this.options.forgetPermille);
  }

  repeats(order: QueueOrder): Repeats {
    const { random, options, plans } = this;
    switch (order.kind) {
      case 'publish': {
        if (random.permille(options.keyedPermille)) return 'key';
        const plan = plans.plan(order.topic);
        const safe = plan !== undefined && plans.remembersAll(plan);
        // With ids of its own only, which nobody has used before.
        const own = order.messages.every(({ body, deduplicationId }) => deduplicationId === body);
        return safe && own ? 'deduplication' : 'never';
      }
      case 'ack':
      case 'nack':
        return random.permille(options.keyedPermille) ? 'key' : 'plainly';
      case 'receive':
      case 'extend':
      case 'redrive':
        return random.permille(options.keyedPermille) ? 'key' : 'never';
      case 'make':
      case 'look':
        return 'never';
    }
  }

  private publish({ topic }: TopicPlan, operation: number): QueueOrder {
    const { random, options } = this;
    const deduplicated = random.permille(options.deduplicatedPermille);
    const reused = deduplicated && random.permille(400) ? this.plans.usedId(topic, random) : null;
    const count = random.integer(1, options.batchMax + 1);
    const messages = Array.from({ length: count }, (_, offset): NewMessage => {
      const body = `v${operation}.${offset}`;
      const id = offset === 0 && reused !== null ? reused : body;
      return {
        body,
        ...(random.permille(options.keyPermille)
          ? { key: `key-${random.integer(0, options.keys)}` }
          : {}),
        ...(random.permille(250) ? { priority: random.pick([0, 9]) } : {}),
        ...(random.permille(options.delayPermille)
          ? { delayMs: random.integer(1, options.delayMsMax + 1) }
          : {}),
        ...(deduplicated ? { deduplicationId: id } : {}),
      };
    });
    return { kind: 'publish', topic, messages };
  }

  private receive({ topic, groups }: TopicPlan): QueueOrder {
    const { random, options } = this;
    const waits = random.permille(options.waitPermille);
    return {
      kind: 'receive',
      topic,
      group: random.pick(groups),
      max: random.pick([1, 2, 5, 10]),
      waitMs: waits ? random.integer(50, options.waitMsMax + 1) : 0,
      visibilityMs: random.permille(options.visibilityPermille) ? this.visibilityMs() : null,
    };
  }

  private settle(
    { topic, group, receipt }: HeldMessage,
    held: readonly HeldMessage[],
  ): SettleOrder {
    const { random, options } = this;
    const own = held.filter((other) => other.topic === topic && other.group === group);
    const more = own.filter((other) => other.receipt !== receipt && random.permille(600));
    const drawn = random.integer(0, 1000);
    const { nackPermille, extendPermille } = options;
    const kind =
      drawn < nackPermille ? 'nack' : drawn < nackPermille + extendPermille ? 'extend' : 'ack';
    return {
      kind,
      topic,
      group,
      receipts: [receipt, ...more.map((other) => other.receipt)],
      delayMs: random.permille(400) ? random.integer(0, options.delayMsMax + 1) : null,
      deadLetter: random.permille(100),
      visibilityMs: this.visibilityMs(),
    };
  }

  private visibilityMs(): number {
    return this.random.integer(100, this.options.visibilityMsMax + 1);
  }
}
