import { decode, type Applied, type ApplyContext } from '@sinkron/consensus';
import type {
  DeliveryReceipts,
  TopicCommand,
} from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { handedOut, TamperedTopics } from './tampered-topics.js';

/** Believes whoever acknowledges a message, though another has it by now. */
export class LateAcks extends TamperedTopics {
  protected override tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    if (command.kind === 'ack') {
      const receipts = command.receipts.flatMap((delivery) => this.renewed(delivery));
      return super.tampered({ ...command, receipts }, context);
    }
    const applied = super.tampered(command, context);
    const received = handedOut(applied);
    if (received === null) return applied;
    const { topicId, groupId, deliveryId, messages } = received;
    for (const { sequence } of messages) {
      this.note([topicId, groupId, sequence].join('-'), deliveryId);
    }
    return applied;
  }

  /** Receipts of whoever has the messages now. */
  private renewed(delivery: DeliveryReceipts): readonly DeliveryReceipts[] {
    const { topicId, groupId, sequences } = delivery;
    return sequences.map((sequence) => {
      const bytes = this.tables.get('mutant', [topicId, groupId, sequence].join('-'));
      const latest = bytes === undefined ? delivery.deliveryId : Number(decode(bytes));
      return { topicId, groupId, deliveryId: latest, sequences: [sequence] };
    });
  }
}
