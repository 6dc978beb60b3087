import {
  DEFAULT_TOPIC_CONFIGURATION,
  type TopicConfiguration,
} from '../../commands/topic-configuration.js';
import type {
  AckCommand,
  ConfigureCommand,
  MessageNote,
  PublishCommand,
  ReceiveCommand,
} from '../../commands/topic-command.js';
import type { Received } from '../../commands/topic-result.js';
import { packMessages } from '../../message/packed-messages.js';
import { messagePackCodec } from '../../../testing/record-codec.js';

/** A message to publish: its body is its text. */
export interface Draft extends Omit<MessageNote, 'offset'> {
  readonly text: string;
  readonly priority?: number;
  readonly headers?: string;
}

const codec = messagePackCodec();

export function publish(topic: string, ...drafts: readonly (string | Draft)[]): PublishCommand {
  const messages = drafts.map((draft, offset) => {
    return { ...(typeof draft === 'string' ? { text: draft } : draft), offset };
  });
  const priorities = [...new Set(messages.map(({ priority = 4 }) => priority))];
  const parts = priorities.map((priority) => {
    const own = messages.filter((message) => (message.priority ?? 4) === priority);
    const packed = packMessages(
      codec,
      own.map(({ text, headers = null }) => ({
        bodyKind: 'json' as const,
        body: new TextEncoder().encode(text),
        headers,
      })),
    );
    const offsets = own.length === messages.length ? null : own.map(({ offset }) => offset);
    return { priority, offsets, ...packed };
  });
  const notes = messages.flatMap(
    ({ text: _text, priority: _priority, headers: _headers, ...note }) =>
      Object.keys(note).length > 1 ? [note] : [],
  );
  return { kind: 'publish', topic, count: messages.length, parts, notes };
}

/** `count` messages, each with its number as its text. */
export function publishMany(topic: string, count: number): PublishCommand {
  return publish(topic, ...Array.from({ length: count }, (_, at) => String(at)));
}

export function configure(
  topic: string,
  changes: Partial<TopicConfiguration> = {},
): ConfigureCommand {
  return {
    kind: 'configure',
    topic,
    configuration: { ...DEFAULT_TOPIC_CONFIGURATION, ...changes },
  };
}

export function receive(topic: string, group: string, max = 10): ReceiveCommand {
  return { kind: 'receive', topic, group, consumer: null, max, visibilityMs: null };
}

/** Acknowledges some of what was received, or all. */
export function ack(
  topic: string,
  group: string,
  { topicId, groupId, deliveryId, messages }: Received,
  which: (sequence: number) => boolean = () => true,
): AckCommand {
  const sequences = messages.map(({ sequence }) => sequence).filter(which);
  return { kind: 'ack', topic, group, receipts: [{ topicId, groupId, deliveryId, sequences }] };
}
