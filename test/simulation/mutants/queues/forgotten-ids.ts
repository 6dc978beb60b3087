import { decode, type Applied, type ApplyContext } from '@sinkron/consensus';
import type {
  MessageNote,
  TopicCommand,
} from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { TamperedTopics } from './tampered-topics.js';

/** Forgets the deduplication ids of earlier terms, long before their window ends. */
export class ForgottenIds extends TamperedTopics {
  protected override tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    if (command.kind !== 'publish') return super.tampered(command, context);
    const notes = command.notes.map((note) => this.forgotten(command.topic, note, context.term));
    return super.tampered({ ...command, notes }, context);
  }

  private forgotten(topic: string, note: MessageNote, term: number): MessageNote {
    const { deduplicationId, ...rest } = note;
    if (deduplicationId === undefined) return note;
    const key = `${topic} ${deduplicationId}`;
    const bytes = this.tables.get('mutant', key);
    this.note(key, term);
    return bytes === undefined || Number(decode(bytes)) === term ? note : rest;
  }
}
