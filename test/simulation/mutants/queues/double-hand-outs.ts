import type { Applied, ApplyContext } from '@sinkron/consensus';
import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { handedOut, receiptsOf, TamperedTopics } from './tampered-topics.js';

/** Of so many receives, one leaves what it hands out for others too. */
const EVERY = 5;

/** Hands messages out while somebody has them. */
export class DoubleHandOuts extends TamperedTopics {
  protected override tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    const applied = super.tampered(command, context);
    const received = handedOut(applied);
    if (received === null || command.kind !== 'receive' || context.index % EVERY > 0)
      return applied;
    const { topic, group } = command;
    super.tampered({ kind: 'return', topic, group, receipts: receiptsOf(received) }, context);
    return applied;
  }
}

/** So early a visibility ends, milliseconds. */
const SHORT_MS = 50;

/** Ends visibilities long before the time that consumers were told. */
export class ShortVisibilities extends TamperedTopics {
  protected override tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    const applied = super.tampered(command, context);
    const received = handedOut(applied);
    if (received === null || command.kind !== 'receive') return applied;
    const { topic, group } = command;
    const receipts = receiptsOf(received);
    super.tampered({ kind: 'extend', topic, group, receipts, visibilityMs: SHORT_MS }, context);
    return applied;
  }
}
