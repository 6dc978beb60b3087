import { Injectable, Logger } from '@nestjs/common';
import type { NodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { NAME_LENGTH_MAX } from '../limits.js';
import { stopOnViolation } from '../stop-on-violation.js';
import type { EventBatch } from '../wire/wire-message.js';

/** Takes the messages of one topic in one frame, in the order in which they were sent. */
export type EventHandler = (from: NodeId, messages: readonly Uint8Array[]) => void;

/** Knows the handler of each topic. */
@Injectable()
export class EventDispatcher {
  readonly #handlers = new Map<string, EventHandler>();
  readonly #logger = new Logger('PeerTransport');

  register(topic: string, handler: EventHandler): void {
    invariant(topic.length <= NAME_LENGTH_MAX, 'EventDispatcher: a short topic', { topic });
    invariant(!this.#handlers.has(topic), 'EventDispatcher: one handler a topic', { topic });
    this.#handlers.set(topic, handler);
  }

  /** A topic without a handler is left out: a newer peer may have topics that we do not know. */
  dispatch(from: NodeId, batch: EventBatch): void {
    for (const [topic, messages] of batch) {
      try {
        this.#handlers.get(topic)?.(from, messages);
      } catch (error) {
        if (!stopOnViolation(error)) this.#logger.error({ error, from, topic }, 'event handler');
      }
    }
  }
}
