import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ProblemError } from '@sinkron/http';
import type {
  AckCommand,
  DeliveryReceipts,
  ExtendCommand,
  NackCommand,
} from '../core/commands/topic-command.js';
import type { TopicQuery } from '../core/commands/topic-query.js';
import type { Presented, Published, TopicResult } from '../core/commands/topic-result.js';
import type { NewMessageDto } from '../dto/publish.dto.js';
import { PublishDurations } from '../metrics/publish-durations.js';
import { TOPIC_STORE } from '../store/tokens.js';
import type {
  Changed,
  ChangeOptions,
  TopicAnswer,
  TopicChange,
  TopicStore,
} from '../store/topic-store.js';
import type { ReceiveCall, ReceiveRequest } from '../waiting/receive-request.js';
import { Receiver, type Delivery } from '../waiting/receiver.js';
import { UndeliveredMessages } from '../waiting/undelivered-messages.js';
import { WaitingReceives } from '../waiting/waiting-receives.js';
import { notFound, refusalOf, type Named } from './queue-problems.js';
import { publishCommand } from './publish-command.js';
import { receiptList } from './receipt-list.js';
import { SettledDeliveries } from './settled-deliveries.js';

/** How a reader wants its answer. */
export type ReadOptions = Parameters<TopicStore['query']>[1];

/** What a status of a result holds. */
export type ResultOf<Status extends TopicResult['status']> = Extract<
  TopicResult | Presented,
  { readonly status: Status }
>;

/** What is to be done with deliveries. */
export type SettleTerms =
  Omit<AckCommand, 'receipts'> | Omit<NackCommand, 'receipts'> | Omit<ExtendCommand, 'receipts'>;

/** What became of the receipts of one request, in its order. */
export interface Settled {
  readonly isStale: readonly boolean[];
  readonly replayed: boolean;
}

/**
 * Topics and their consumer groups from any node.
 *
 * Every method throws ProblemErrors: TOPIC_NOT_FOUND and the like for what the topics refuse, and those
 * of the store: 503 when certainly nothing happened, OUTCOME_UNKNOWN when that is unsure.
 */
@Injectable()
export class QueuesService
  implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly settled = new SettledDeliveries();
  readonly undelivered: UndeliveredMessages;
  private readonly waiting: WaitingReceives;
  private readonly receiver: Receiver;
  private readonly durations = new PublishDurations();

  constructor(@Inject(TOPIC_STORE) private readonly store: TopicStore) {
    this.undelivered = new UndeliveredMessages(store);
    this.waiting = new WaitingReceives(store, this.undelivered);
    this.receiver = new Receiver(store, this.waiting, this.undelivered);
  }

  onModuleInit(): void {
    this.waiting.start();
  }

  /** The node takes no more requests: those that wait are answered while it can still ask. */
  onModuleDestroy(): void {
    this.waiting.close();
  }

  /** Before the server waits for its answers, and before the replicas stop. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.waiting.closed();
  }

  /** After the last answer was written, or cut off. */
  async onApplicationShutdown(): Promise<void> {
    this.waiting.stop();
    await this.undelivered.stop();
  }

  /** Stores all messages or none; makes the topic when it is new. */
  async publish(
    topic: string,
    messages: readonly NewMessageDto[],
    options: ChangeOptions,
  ): Promise<Changed<Published>> {
    const startedMs = performance.now();
    const command = publishCommand(topic, messages);
    const changed = await this.change('published', command, { topic }, options);
    this.durations.observe(topic, performance.now() - startedMs);
    return changed;
  }

  /** Hands messages out, waiting up to `waitMs` for the first. */
  receive(request: ReceiveRequest, call: ReceiveCall): Promise<Delivery> {
    return this.receiver.receive(request, call);
  }

  /**
   * Acknowledges deliveries, or says that they failed, or extends them.
   *
   * @param texts receipts as clients send them.
   */
  async settle(
    terms: SettleTerms,
    texts: readonly unknown[],
    options: ChangeOptions,
  ): Promise<Settled> {
    const { kind, topic, group } = terms;
    const { deliveries, places } = receiptList(texts);
    const command = settleCommand(terms, deliveries);
    const { result, replayed } = await this.change('settled', command, { topic, group }, options);
    const stale = new Set(result.stale);
    if (kind !== 'extend') this.settled.settled(topic, withoutStale(deliveries, stale));
    return { isStale: places.map((place) => stale.has(place)), replayed };
  }

  /** Gives dead letters back; those that stand in a topic of another shard, too. @returns how many. */
  async redrive(
    topic: string,
    { max, to }: { readonly max: number; readonly to: string | null },
    options: ChangeOptions,
  ): Promise<Changed<number>> {
    const command = { kind: 'redrive', topic, max, to } as const;
    const { result, replayed } = await this.change('redriven', command, { topic }, options);
    const { moved, elsewhere } = result;
    if (elsewhere === undefined || moved === max) return { result: moved, replayed };
    const rest = {
      kind: 'redrive',
      topic: elsewhere,
      max: max - moved,
      to,
      origin: topic,
    } as const;
    try {
      const other = await this.store.change(rest, options);
      // Nothing has failed yet.
      if (other.result.status === 'topic-not-found') return { result: moved, replayed };
      if (!hasStatus(other.result, 'redriven')) throw refusalOf(other.result, { topic: elsewhere });
      return { result: moved + other.result.moved, replayed };
    } catch (error) {
      // 503 says that nothing has happened; what has moved is told, and the rest is asked for again.
      const isUndone = error instanceof ProblemError && error.status === 503;
      if (isUndone && moved > 0) return { result: moved, replayed };
      throw error;
    }
  }

  /** A change whose result has one status unless it is refused. */
  async change<Status extends TopicResult['status']>(
    status: Status,
    change: TopicChange,
    named: Named,
    options: ChangeOptions,
  ): Promise<Changed<ResultOf<Status>>> {
    const { result, replayed } = await this.store.change(change, options);
    if (!hasStatus(result, status)) throw refusalOf(result, named);
    return { result, replayed };
  }

  /** What a query finds. @throws ProblemError TOPIC_NOT_FOUND and the like for what is missing. */
  async query<Answer extends TopicAnswer>(
    query: TopicQuery,
    named: Named,
    options: ReadOptions,
  ): Promise<Answer> {
    const answer = await this.store.query(query, options);
    if ('missing' in answer) throw notFound(answer.missing, named);
    // The store reads an answer by the kind of its query.
    return answer as Answer;
  }
}

function hasStatus<Status extends TopicResult['status']>(
  result: TopicResult | Presented,
  status: Status,
): result is ResultOf<Status> {
  return result.status === status;
}

/** @param stale places among all sequences, in their order. */
function withoutStale(
  deliveries: readonly DeliveryReceipts[],
  stale: ReadonlySet<number>,
): readonly DeliveryReceipts[] {
  if (stale.size === 0) return deliveries;
  let place = -1;
  return deliveries.map((delivery) => {
    const sequences = delivery.sequences.filter(() => {
      place += 1;
      return !stale.has(place);
    });
    return { ...delivery, sequences };
  });
}

function settleCommand(terms: SettleTerms, receipts: readonly DeliveryReceipts[]): TopicChange {
  switch (terms.kind) {
    case 'ack':
      return { ...terms, receipts };
    case 'nack':
      return { ...terms, receipts };
    case 'extend':
      return { ...terms, receipts };
  }
}
