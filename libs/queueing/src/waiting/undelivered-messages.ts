import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MalformedValue } from '@sinkron/fields';
import { ProblemError } from '@sinkron/http';
import type { DeliveryReceipts, ReturnCommand } from '../core/commands/topic-command.js';
import type { TopicStore } from '../store/topic-store.js';
import {
  RETURN_FOR_MS,
  RETURN_RETRY_MS,
  RETURN_TIMEOUT_MS,
  RETURNS_MAX,
  SHUTDOWN_RETURN_MS,
} from './limits.js';

/** Messages of a group that nobody was told of. */
export interface Undelivered {
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly DeliveryReceipts[];
}

/** Returns messages whose consumers were gone before they could be told. */
export class UndeliveredMessages {
  private readonly logger = new Logger(UndeliveredMessages.name);
  private readonly underWay = new Set<Promise<void>>();
  private stopped = false;

  constructor(private readonly store: Pick<TopicStore, 'change'>) {}

  /** Begins to return them, and goes on for a while until that is decided. */
  giveBack(undelivered: Undelivered): void {
    const { topic, group } = undelivered;
    if (undelivered.receipts.length === 0) return;
    if (this.underWay.size >= RETURNS_MAX) {
      this.logger.warn('too many messages to return: left to their visibility', { topic, group });
      return;
    }
    const returning = this.giveBackAll(undelivered).catch((error: unknown) => {
      this.logger.error('messages were not returned', { topic, group, error });
    });
    this.underWay.add(returning);
    void returning.then(() => this.underWay.delete(returning));
  }

  /** Waits for what is under way, but not for long; tries nothing again. */
  async stop(): Promise<void> {
    this.stopped = true;
    const all = Promise.all(this.underWay);
    await Promise.race([all, delay(SHUTDOWN_RETURN_MS, undefined, { ref: false })]);
  }

  private async giveBackAll({ topic, group, receipts }: Undelivered): Promise<void> {
    const command: ReturnCommand = { kind: 'return', topic, group, receipts };
    const untilMs = performance.now() + RETURN_FOR_MS;
    while (performance.now() < untilMs) {
      try {
        const deadlineMs = performance.now() + RETURN_TIMEOUT_MS;
        await this.store.change(command, { deadlineMs });
        return;
      } catch (error) {
        if (!isFailedAttempt(error)) throw error;
        if (this.stopped) return;
        await delay(RETURN_RETRY_MS, undefined, { ref: false });
      }
    }
  }
}

/** Whether it may be tried again: the cluster or a peer failed, and not this code. */
export function isFailedAttempt(error: unknown): error is Error {
  return error instanceof ProblemError || error instanceof MalformedValue;
}
