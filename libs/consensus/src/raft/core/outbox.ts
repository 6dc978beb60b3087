import { writeId, type WriteId } from './identifiers.js';
import type { Message } from './message.js';

export interface OutgoingMessage {
  readonly message: Message;
  /** The message may leave only when this write is on the disk; 0 when it depends on none. */
  readonly after: WriteId;
}

/** Messages that a core wants sent, in order. */
export class Outbox {
  private messages: OutgoingMessage[] = [];

  send(message: Message, after: WriteId = writeId(0)): void {
    this.messages.push({ message, after });
  }

  get empty(): boolean {
    return this.messages.length === 0;
  }

  take(): readonly OutgoingMessage[] {
    const taken = this.messages;
    this.messages = [];
    return taken;
  }
}
