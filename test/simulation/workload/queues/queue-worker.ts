import type { QueueClient, Told } from './queue-client.js';
import type { QueueDrawing } from './queue-drawing.js';
import type { HeldMessage, QueueOrder } from './queue-order.js';
import type { TopicPlans } from './topic-plans.js';

/** A client that publishes and consumes until it is stopped. */
export class QueueWorker {
  private held: readonly HeldMessage[] = [];

  constructor(
    readonly client: QueueClient,
    private readonly drawing: QueueDrawing,
    private readonly plans: TopicPlans,
  ) {}

  work(): void {
    this.client.think(() => {
      const { client, drawing } = this;
      let asked: QueueOrder | null = null;
      const isAsked = client.ask(
        (operation) => {
          asked = drawing.next(this.held, operation);
          if (asked === null) return null;
          if ('receipts' in asked) this.letGo(asked.kind, asked.receipts);
          return { order: asked, repeats: drawing.repeats(asked) };
        },
        (told) => {
          if (asked !== null) this.ended(asked, told);
          this.work();
        },
      );
      if (!isAsked) this.work();
    });
  }

  /** What it extends it goes on to have. */
  private letGo(kind: QueueOrder['kind'], receipts: readonly string[]): void {
    if (kind === 'extend') return;
    this.held = this.held.filter(({ receipt }) => !receipts.includes(receipt));
  }

  private ended(order: QueueOrder, told: Told): void {
    const { plans } = this;
    switch (order.kind) {
      case 'publish':
        for (const { deduplicationId } of order.messages) {
          if (deduplicationId !== undefined) plans.used(order.topic, deduplicationId);
        }
        if (told?.kind === 'answered' && told.result.status === 'published') {
          const { groups } = plans.plan(order.topic) ?? { groups: [] };
          plans.count(order.topic, order.messages.length * groups.length);
        }
        return;
      case 'receive': {
        if (told === null || this.drawing.forgets()) return;
        const { topic, group } = order;
        const received = told.messages.map((message) => ({ ...message, topic, group }));
        this.held = [...this.held, ...received];
        return;
      }
      case 'ack':
        if (told?.kind === 'answered' && told.result.status === 'settled') {
          plans.count(order.topic, -told.stale.filter((isStale) => !isStale).length);
        }
        return;
      case 'nack':
      case 'extend':
      case 'redrive':
      case 'make':
      case 'look':
    }
  }
}
