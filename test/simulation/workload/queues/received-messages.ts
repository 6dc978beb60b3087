import { expectPromise } from '../../world/violation.js';
import type { ReceivedMessage } from './queue-order.js';

/** Messages as a client reads them from an answer. */
export function readMessages(texts: readonly string[]): readonly ReceivedMessage[] {
  return texts.map((text) => {
    const value: unknown = JSON.parse(text);
    expectPromise(typeof value === 'object' && value !== null, 'a message is an object', { text });
    const { id, body, key, deliveries, receipt }: Readonly<Record<string, unknown>> = { ...value };
    expectPromise(
      typeof id === 'string' &&
        typeof body === 'string' &&
        (typeof key === 'string' || key === null) &&
        typeof deliveries === 'number' &&
        typeof receipt === 'string',
      'a message says what it is',
      { text },
    );
    return { id, value: body, key, deliveries, receipt };
  });
}

/** The bodies of messages as any reader sees them. */
export function readValues(texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const value: unknown = JSON.parse(`{${text}}`);
    const { body }: Readonly<Record<string, unknown>> = { ...Object(value) };
    expectPromise(typeof body === 'string', 'a message has its body', { text });
    return body;
  });
}
