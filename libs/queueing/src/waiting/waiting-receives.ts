import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ProblemError } from '@sinkron/http';
import { unreachable } from '@sinkron/invariant';
import type { DeliveryReceipts, ReceiveCommand } from '../core/commands/topic-command.js';
import type { Presented, Received } from '../core/commands/topic-result.js';
import { refusalOf } from '../service/queue-problems.js';
import type { Changed, ChangeOptions, TopicStore } from '../store/topic-store.js';
import { WAITING_RECEIVES_MAX } from './core/limits.js';
import type { RoomOutput } from './core/room-output.js';
import { WaitingRoom } from './core/waiting-room.js';
import { GIVE_UP_AHEAD_MS, LATE_RECEIVE_MS, SHUTDOWN_LATE_MS, WATCH_TIMEOUT_MS } from './limits.js';
import type { ReceiveCall, ReceiveRequest } from './receive-request.js';
import { isFailedAttempt, type UndeliveredMessages } from './undelivered-messages.js';

/** A receive that found messages; null: none in time, or nobody to tell. */
export type ReceiveEnd = ReceiveFound | null;

type ReceiveFound = Changed<Received | Presented>;

const LATE_DETAIL =
  'the receive did not end in time; what it still hands out is ready again, and counts as nothing';

interface Caller {
  readonly request: ReceiveRequest;
  readonly options: ChangeOptions;
  readonly resolve: (end: ReceiveEnd) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The receives of this node: binds the {@link WaitingRoom} to the clock, one timer and the store.
 *
 * A receive that has not ended when its caller stops waiting goes on for {@link LATE_RECEIVE_MS}, and
 * what it hands out is returned. With an Idempotency-Key it is kept: its client asks for it again.
 */
export class WaitingReceives {
  private readonly logger = new Logger(WaitingReceives.name);
  private readonly room = new WaitingRoom();
  private readonly callers = new Map<number, Caller>();
  private lastCallId = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerDueMs = 0;
  private unsubscribe: (() => void) | undefined;
  private flushed: (() => void) | undefined;

  constructor(
    private readonly store: Pick<TopicStore, 'change' | 'watch' | 'onReady'>,
    private readonly undelivered: Pick<UndeliveredMessages, 'giveBack'>,
  ) {}

  /** Hears hints of the store from now on. */
  start(): void {
    this.unsubscribe = this.store.onReady((topic, group, ready) => {
      this.room.noticed(topic, group, ready, performance.now());
      this.flush();
    });
  }

  /**
   * Receives, now or within `waitMs`.
   *
   * @throws ProblemError OVERLOADED, SHUTTING_DOWN, OUTCOME_UNKNOWN, and those of the store.
   */
  receive(request: ReceiveRequest, call: ReceiveCall): Promise<ReceiveEnd> {
    if (this.room.size >= WAITING_RECEIVES_MAX) throw tooManyWaiting();
    this.lastCallId += 1;
    const callId = this.lastCallId;
    const nowMs = performance.now();
    const { topic, group, max, waitMs } = request;
    const { idempotency } = call;
    const answerByMs = call.deadlineMs + waitMs;
    return new Promise((resolve, reject) => {
      const keyed = idempotency !== undefined;
      const options = keyed
        ? { deadlineMs: answerByMs, idempotency }
        : {
            deadlineMs: answerByMs + LATE_RECEIVE_MS,
            giveUpByMs: answerByMs - GIVE_UP_AHEAD_MS,
          };
      this.callers.set(callId, { request, options, resolve, reject });
      const untilMs = nowMs + waitMs;
      this.room.join({ callId, topic, group, max, untilMs, answerByMs, keyed }, nowMs);
      call.client.onGone(() => this.left(callId));
      this.flush();
    });
  }

  /** Ends every wait, also those that come yet. */
  close(): void {
    this.room.close(performance.now());
    this.flush();
  }

  /**
   * Resolves when nobody waits any more; bounded, for after `close` only receives under way are left.
   * Those whose callers are answered are waited for a little.
   */
  async closed(): Promise<void> {
    while (this.callers.size > 0) await this.nextFlush();
    const late = delay(SHUTDOWN_LATE_MS, 'over', { ref: false });
    while (this.room.size > 0) {
      if ((await Promise.race([this.nextFlush(), late])) === 'over') return;
    }
  }

  stop(): void {
    this.unsubscribe?.();
    clearTimeout(this.timer);
  }

  /** Its client has gone. A receive that is under way goes on, to return what it hands out. */
  private left(callId: number): void {
    this.room.leave(callId, performance.now());
    this.take(callId)?.resolve(null);
    this.flush();
  }

  private flush(): void {
    for (const output of this.room.takeOutputs()) this.do(output);
    this.arm();
    this.flushed?.();
  }

  private nextFlush(): Promise<void> {
    return new Promise((resolve) => {
      this.flushed = resolve;
    });
  }

  private do(output: RoomOutput): void {
    switch (output.kind) {
      case 'receive':
        void this.receiveFor(output.callId);
        break;
      case 'watch':
        void this.watch(output.topic, output.group, output.wanted);
        break;
      case 'end':
        this.end(output.callId, output.end);
        break;
      default:
        unreachable(output);
    }
  }

  private end(callId: number, end: Extract<RoomOutput, { kind: 'end' }>['end']): void {
    const caller = this.take(callId);
    switch (end) {
      case 'empty':
        caller?.resolve(null);
        break;
      case 'no-answer':
        caller?.reject(new ProblemError('NO_LEADER', 'no leader of the topic was found in time'));
        break;
      case 'unknown':
        caller?.reject(new ProblemError('OUTCOME_UNKNOWN', LATE_DETAIL));
        break;
      case 'shutting-down':
        caller?.reject(
          new ProblemError('SHUTTING_DOWN', 'this node stops; receive at another one'),
        );
        break;
      default:
        unreachable(end);
    }
  }

  private async receiveFor(callId: number): Promise<void> {
    const caller = this.callers.get(callId);
    if (caller === undefined) {
      // Its client went before it was sent.
      this.room.receiveFailed(callId, performance.now());
      this.flush();
      return;
    }
    const { topic, group, consumer, max, visibilityMs } = caller.request;
    const command: ReceiveCommand = { kind: 'receive', topic, group, consumer, max, visibilityMs };
    try {
      const { result, replayed } = await this.store.change(command, caller.options);
      if (result.status !== 'received') throw refusalOf(result, { topic, group });
      this.room.received(callId, result.messages.length, performance.now());
      if (result.messages.length > 0) this.found(callId, caller, { result, replayed });
    } catch (error) {
      this.room.receiveFailed(callId, performance.now());
      this.take(callId)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.flush();
  }

  /** Messages for a caller, unless he is gone. */
  private found(callId: number, { request, options }: Caller, end: ReceiveFound): void {
    const waiting = this.take(callId);
    if (waiting !== undefined) {
      waiting.resolve(end);
    } else if (options.idempotency === undefined) {
      const { topic, group } = request;
      this.undelivered.giveBack({ topic, group, receipts: [allReceipts(end.result)] });
    }
  }

  private async watch(topic: string, group: string, wanted: number): Promise<void> {
    try {
      const deadlineMs = performance.now() + WATCH_TIMEOUT_MS;
      const { ready } = await this.store.watch({ topic, group, wanted }, { deadlineMs });
      this.room.watchAnswered(topic, group, ready, performance.now());
    } catch (error) {
      if (!isFailedAttempt(error)) this.logger.error('a group was not watched', { error });
      this.room.watchFailed(topic, group, performance.now());
    }
    this.flush();
  }

  private take(callId: number): Caller | undefined {
    const caller = this.callers.get(callId);
    this.callers.delete(callId);
    return caller;
  }

  /** One timer for all that waits. */
  private arm(): void {
    const dueMs = this.room.nextDueMs();
    if (dueMs === undefined || (this.timer !== undefined && this.timerDueMs <= dueMs)) return;
    clearTimeout(this.timer);
    this.timerDueMs = dueMs;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.room.advance(performance.now());
        this.flush();
      },
      Math.max(0, Math.ceil(dueMs - performance.now())),
    );
    this.timer.unref();
  }
}

/** Receipts of all that was handed out together. */
export function allReceipts({
  topicId,
  groupId,
  deliveryId,
  messages,
}: Received): DeliveryReceipts {
  return { topicId, groupId, deliveryId, sequences: messages.map(({ sequence }) => sequence) };
}

function tooManyWaiting(): ProblemError {
  return new ProblemError(
    'OVERLOADED',
    `${WAITING_RECEIVES_MAX} receives wait at this node already; ask another one`,
  );
}
