import type { Applied, ApplyContext } from '@sinkron/consensus';
import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { TamperedTopics } from './tampered-topics.js';

/** Takes who failed with a message for one who is done with it. */
export class LostNacks extends TamperedTopics {
  protected override tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    if (command.kind !== 'nack') return super.tampered(command, context);
    const { topic, group, receipts } = command;
    return super.tampered({ kind: 'ack', topic, group, receipts }, context);
  }
}
