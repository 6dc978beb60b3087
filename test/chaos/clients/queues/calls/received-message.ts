import { field } from '../../calls/answers.js';
import type { Call } from '../../calls/call.js';

/** A message as a consumer got it. */
export interface ReceivedMessage {
  readonly id: string;
  readonly value: string;
  readonly key: string | null;
  readonly deliveries: number;
  readonly receipt: string;
}

/** The messages in the answer to a receive; none when there is no such answer. */
export function messagesIn({ outcome }: Call): readonly ReceivedMessage[] {
  if (outcome.kind !== 'answered' || outcome.status !== 200) return [];
  const messages = field(outcome.body, 'messages');
  return Array.isArray(messages) ? messages.map(readMessage) : [];
}

/** @param message as a receive or a stream has it. */
export function readMessage(message: unknown): ReceivedMessage {
  const key = field(message, 'key');
  return {
    id: String(field(message, 'id')),
    value: valueOf(message),
    key: typeof key === 'string' ? key : null,
    deliveries: Number(field(message, 'deliveries')),
    receipt: String(field(message, 'receipt')),
  };
}

/** What tells a message among all others, wherever it is shown. */
export function valueOf(message: unknown): string {
  return String(field(field(message, 'body'), 'value'));
}
