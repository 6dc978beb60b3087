import { integerField, listField, MalformedValue, WHOLE, type Fields } from '@sinkron/fields';
import { readNumbered } from '../../topics/outbox/leaving-message.js';
import { LOAD_MESSAGES_MAX } from '../../topics/outbox/limits.js';
import type { OutboxCommand } from '../topic-command.js';

/** @throws MalformedValue unless the messages are in the order of their numbers. */
export function readOutbox(kind: OutboxCommand['kind'], fields: Fields): OutboxCommand {
  if (kind === 'outbox-delivered') {
    return {
      kind,
      to: integerField(fields, 'to', WHOLE),
      through: integerField(fields, 'through', WHOLE),
    };
  }
  const messages = listField(fields, 'messages', LOAD_MESSAGES_MAX).map(readNumbered);
  let last = 0;
  for (const { number } of messages) {
    if (number <= last) throw new MalformedValue('messages', 'ascending numbers');
    last = number;
  }
  return { kind, from: integerField(fields, 'from', WHOLE), messages };
}
