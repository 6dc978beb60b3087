import { ProblemError } from '@sinkron/http';
import type { Presented, Received } from '../core/commands/topic-result.js';
import { deliveredTexts, type DeliveredText } from '../service/message-texts.js';
import type { TopicStore } from '../store/topic-store.js';
import { BODIES_TIMEOUT_MS } from './limits.js';
import type { ReceiveCall, ReceiveRequest } from './receive-request.js';
import type { UndeliveredMessages } from './undelivered-messages.js';
import { allReceipts, type WaitingReceives } from './waiting-receives.js';

/** Messages that were handed out together; none when `messages` is empty. */
export interface Delivery {
  readonly topicId: number;
  readonly groupId: number;
  readonly deliveryId: number;
  readonly messages: readonly DeliveredText[];
  /** The answer was given before, to the same Idempotency-Key. */
  readonly replayed: boolean;
}

const NOTHING: Delivery = {
  topicId: 0,
  groupId: 0,
  deliveryId: 0,
  messages: [],
  replayed: false,
};

/** Hands messages out, and takes them back from those who are gone before they are told. */
export class Receiver {
  constructor(
    private readonly store: Pick<TopicStore, 'query'>,
    private readonly waiting: Pick<WaitingReceives, 'receive'>,
    private readonly undelivered: Pick<UndeliveredMessages, 'giveBack'>,
  ) {}

  /** @throws ProblemError */
  async receive(request: ReceiveRequest, call: ReceiveCall): Promise<Delivery> {
    const end = await this.waiting.receive(request, call);
    if (end === null) return NOTHING;
    const { result, replayed } = end;
    const giveBack = (): void => {
      const { topic, group } = request;
      this.undelivered.giveBack({ topic, group, receipts: [allReceipts(result)] });
    };
    // Whoever has a key asks again, and gets them.
    const isKept = call.idempotency !== undefined;
    try {
      const messages = deliveredTexts(await this.withBodies(request.topic, result, call));
      if (!isKept) call.client.onGone(giveBack);
      const { topicId, groupId, deliveryId } = result;
      return { topicId, groupId, deliveryId, messages, replayed };
    } catch (error) {
      if (!isKept) giveBack();
      throw error;
    }
  }

  /** An answer that is repeated has none; what is no longer in flight is not handed out again. */
  private async withBodies(
    topic: string,
    received: Received | Presented,
    { deadlineMs }: ReceiveCall,
  ): Promise<Presented> {
    if ('bodies' in received) return received;
    const { topicId, groupId, deliveryId } = received;
    const query = { kind: 'bodies', topic, topicId, groupId, deliveryId } as const;
    const untilMs = Math.max(deadlineMs, performance.now() + BODIES_TIMEOUT_MS);
    try {
      const options = { deadlineMs: untilMs, consistency: 'linearizable' } as const;
      const page = await this.store.query(query, options);
      return { ...received, bodies: 'bodies' in page ? page.bodies : [] };
    } catch (error) {
      // 503 would say that nothing happened: the messages are in flight.
      if (!(error instanceof ProblemError)) throw error;
      throw new ProblemError(
        'OUTCOME_UNKNOWN',
        'messages were handed out, and their bodies could not be read in time; ' +
          'repeat the request with the same Idempotency-Key',
      );
    }
  }
}
