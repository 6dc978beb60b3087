import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ProblemError, type EventStreamReply } from '@sinkron/http';
import type { PendingPage } from '../core/commands/topic-query.js';
import type { QueuesService } from '../service/queues.service.js';
import { RECEIVE_WAIT_MS_MAX } from '../waiting/core/limits.js';
import type { Delivery } from '../waiting/receiver.js';
import { isFailedAttempt } from '../waiting/undelivered-messages.js';
import { InFlight, SeenInFlight } from './in-flight.js';
import {
  DRAIN_LOOK_MS,
  FAILED_RECEIVE_PAUSE_MS,
  LOOK_INTERVAL_MS_MAX,
  LOOK_INTERVAL_MS_MIN,
  LOOK_MESSAGES,
  LOOK_PAGES_MAX,
  STALL_MS,
  STREAM_TIMEOUT_MS,
} from './limits.js';

/** Where a stream's messages go; an `EventStreamReply`. */
export type MessageSink = Pick<
  EventStreamReply,
  'write' | 'isDrained' | 'isEnded' | 'onEnd' | 'end'
>;

/** What a stream needs of the queues. */
export type StreamQueues = Pick<QueuesService, 'receive' | 'settled' | 'undelivered' | 'query'>;

export interface StreamTerms {
  readonly topic: string;
  readonly group: string;
  /** Its own, if it is to know of acknowledgements at other nodes in time. */
  readonly consumer: string;
  readonly prefetch: number;
  readonly visibilityMs: number | null;
}

const OVERFLOW_TEXT = 'event: overflow\ndata: {}\n\n';

/**
 * Messages of a group to one reader, at most `prefetch` of them unacknowledged. When the stream ends,
 * those are ready for others at once.
 *
 * Acknowledgements at this node free places at once. Those at other nodes are seen by looks at what
 * the stream's consumer has in flight, which only a full stream takes.
 */
export class MessageStream {
  private readonly logger = new Logger(MessageStream.name);
  private readonly inFlight: InFlight;
  private goneListeners: (() => void)[] = [];
  private wake: (() => void) | undefined;

  constructor(
    private readonly queues: StreamQueues,
    private readonly sink: MessageSink,
    private readonly terms: StreamTerms,
  ) {
    this.inFlight = new InFlight(terms.topic, queues.settled);
    sink.onEnd(() => this.ended());
  }

  /** Runs until the stream has ended on either side. */
  async run(): Promise<void> {
    while (!this.sink.isEnded) {
      const free = this.terms.prefetch - this.inFlight.size;
      if (free > 0) await this.send(await this.receive(free));
      else await this.waitForPlace();
    }
  }

  /** Tells the reader why, and ends the stream. Does nothing when it has ended. */
  end(reason: ProblemError): void {
    this.sink.write(`event: problem\ndata: ${JSON.stringify(reason.details())}\n\n`);
    this.sink.end();
  }

  private async receive(max: number): Promise<Delivery | null> {
    const { topic, group, consumer, visibilityMs } = this.terms;
    const request = { topic, group, consumer, max, visibilityMs, waitMs: RECEIVE_WAIT_MS_MAX };
    this.goneListeners = [];
    const client = { onGone: (listener: () => void) => this.onGone(listener) };
    try {
      const deadlineMs = performance.now() + STREAM_TIMEOUT_MS;
      return await this.queues.receive(request, { deadlineMs, idempotency: undefined, client });
    } catch (error) {
      await this.failed(error);
      return null;
    }
  }

  /** What is refused for good ends the stream; a cluster without a leader is waited for. */
  private async failed(error: unknown): Promise<void> {
    if (this.sink.isEnded) return;
    const isRefusal =
      error instanceof ProblemError && (error.status < 500 || error.code === 'SHUTTING_DOWN');
    if (isRefusal) {
      this.end(error);
      return;
    }
    if (!isFailedAttempt(error)) this.logger.error('a stream could not receive', { error });
    await delay(FAILED_RECEIVE_PAUSE_MS, undefined, { ref: false });
  }

  private async send(delivery: Delivery | null): Promise<void> {
    if (delivery === null || delivery.messages.length === 0 || this.sink.isEnded) return;
    // From here on, they are returned by this stream.
    this.goneListeners = [];
    this.inFlight.add(delivery);
    for (const { id, text } of delivery.messages) {
      if (!(await this.isDrained())) return;
      this.sink.write(`id: ${id}\nevent: message\ndata: ${text}\n\n`);
    }
  }

  /** Waits until the reader has taken what it was sent. @returns false when the stream has ended. */
  private async isDrained(): Promise<boolean> {
    const untilMs = performance.now() + STALL_MS;
    while (!this.sink.isEnded && !this.sink.isDrained) {
      if (performance.now() >= untilMs) {
        this.sink.write(OVERFLOW_TEXT);
        this.sink.end();
        break;
      }
      await delay(DRAIN_LOOK_MS, undefined, { ref: false });
    }
    return !this.sink.isEnded;
  }

  private async waitForPlace(): Promise<void> {
    let pauseMs = LOOK_INTERVAL_MS_MIN;
    while (!this.sink.isEnded && this.inFlight.size >= this.terms.prefetch) {
      await this.freedWithin(pauseMs);
      if (this.sink.isEnded || this.inFlight.size < this.terms.prefetch) return;
      pauseMs = Math.min(2 * pauseMs, LOOK_INTERVAL_MS_MAX);
      await this.look();
    }
  }

  private freedWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.wake = done;
      this.inFlight.onceFreed(done);
    });
  }

  /** What the consumer has in flight still, by whatever node it was acknowledged. */
  private async look(): Promise<void> {
    const { topic, group, consumer } = this.terms;
    const seen = new SeenInFlight();
    let after: number | null = null;
    try {
      for (let pages = 0; pages < LOOK_PAGES_MAX; pages += 1) {
        const page: PendingPage = await this.queues.query<PendingPage>(
          { kind: 'pending', topic, group, consumer, after, limit: LOOK_MESSAGES },
          { topic, group },
          { deadlineMs: performance.now() + STREAM_TIMEOUT_MS, consistency: 'linearizable' },
        );
        seen.add(page);
        after = page.next;
        if (after === null) break;
      }
    } catch (error) {
      const isGone = error instanceof ProblemError && error.status === 404;
      if (!isGone) {
        if (!isFailedAttempt(error)) this.logger.error('a stream could not look', { error });
        return;
      }
      after = null;
    }
    this.inFlight.keep(seen, after);
  }

  private onGone(listener: () => void): void {
    if (this.sink.isEnded) listener();
    else this.goneListeners.push(listener);
  }

  private ended(): void {
    for (const listener of this.goneListeners.splice(0)) listener();
    this.wake?.();
    const { topic, group } = this.terms;
    this.queues.undelivered.giveBack({ topic, group, receipts: this.inFlight.takeAll() });
  }
}
