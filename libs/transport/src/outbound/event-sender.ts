import { MESSAGE_BYTES_MAX, UNSENT_EVENT_BYTES_MAX } from '../limits.js';
import { TurnBatch } from '../frame/turn-batch.js';
import { PATTERNS } from '../wire/wire-message.js';
import type { ChannelClient } from './channel-client.js';
import type { ChannelSender } from './channel-sender.js';

interface OutgoingEvent {
  readonly topic: string;
  readonly message: Uint8Array;
}

/** Bytes of an event besides its message and topic. */
const EVENT_OVERHEAD_BYTES = 16;

/** Sends events, those of one callback of the event loop in one frame. */
export class EventSender implements ChannelSender {
  readonly #client: ChannelClient;
  readonly #batch = new TurnBatch<OutgoingEvent>('callback', (events) => this.#write(events));

  constructor(client: ChannelClient) {
    this.#client = client;
  }

  /** @returns false when the event was dropped. */
  send(topic: string, message: Uint8Array): boolean {
    if (!this.#client.open || message.length > MESSAGE_BYTES_MAX) return false;
    const bytes = message.length + topic.length + EVENT_OVERHEAD_BYTES;
    const waiting = this.#client.unsentBytes + this.#batch.bytes;
    if (waiting > 0 && waiting + bytes > UNSENT_EVENT_BYTES_MAX) return false;
    this.#batch.push({ topic, message }, bytes);
    return true;
  }

  disconnected(): void {
    // What still waits is dropped by `emitNow`.
  }

  #write(events: readonly OutgoingEvent[]): void {
    const byTopic = new Map<string, Uint8Array[]>();
    for (const { topic, message } of events) {
      const messages = byTopic.get(topic);
      if (messages === undefined) byTopic.set(topic, [message]);
      else messages.push(message);
    }
    this.#client.emitNow(PATTERNS.events, [...byTopic]);
  }
}
