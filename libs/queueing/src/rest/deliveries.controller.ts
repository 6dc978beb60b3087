import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  Client,
  Deadline,
  IdempotencyKey,
  Name,
  Permission,
  type ClientConnection,
  type IdempotentRequest,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import {
  AckResults,
  ExtendResults,
  NackResults,
  ReceivedMessages,
} from '../dto/answers/delivery-answers.js';
import { ReceiveDto } from '../dto/receive.dto.js';
import { AckDto, ExtendDto, NackDto } from '../dto/receipts.dto.js';
import { receiveText } from '../service/message-texts.js';
import { QueuesService, type Settled, type SettleTerms } from '../service/queues.service.js';
import { RECEIVE_EXAMPLES } from './examples.js';
import { jsonText, markReplayed } from './json-reply.js';
import { GROUP_CHANGE_PROBLEMS, TOPIC_CHANGE_PROBLEMS } from './route-problems.js';
import { TopicName } from './topic-name.js';

/** What consumers do over REST: receive, and say what became of it. */
@ApiTags('queues')
@Controller('v1/queues/:topic/groups/:group')
export class DeliveriesController {
  constructor(private readonly queues: QueuesService) {}

  @Post('receive')
  @HttpCode(200)
  @Permission('queues', 'receive')
  @ApiOperation({
    operationId: 'receiveMessages',
    summary: 'Receive messages',
    description:
      'By priority, then in publish order; of the messages with the same `key` one at a time. Each ' +
      'stays with its consumer until it is acknowledged, or `visibilityMs` have passed. Waits up to ' +
      '`waitMs` for a first message; `X-Timeout-Ms` comes on top. A group is made on first use. ' +
      'What a client that disconnects was not told of is ready again at once, with no delivery ' +
      'counted. With an `Idempotency-Key` it is kept for the repeated request, at whichever node: a ' +
      'client that never repeats it lets the visibility pass, which is a failure.',
  })
  @ApiBody({ type: ReceiveDto, examples: RECEIVE_EXAMPLES })
  @ApiOkResponse({ type: ReceivedMessages })
  @ApiProblems('QUEUE_FULL', ...TOPIC_CHANGE_PROBLEMS)
  async receiveMessages(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() body: ReceiveDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Client() client: ClientConnection,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { consumer = null, max = 1, waitMs = 0, visibilityMs = null } = body;
    const { messages, replayed } = await this.queues.receive(
      { topic, group, consumer, max, waitMs, visibilityMs },
      { deadlineMs, idempotency, client },
    );
    markReplayed(reply, replayed);
    return jsonText(reply, receiveText(messages));
  }

  @Post('ack')
  @HttpCode(200)
  @Permission('queues', 'ack')
  @ApiOperation({
    operationId: 'ackMessages',
    summary: 'Acknowledge messages',
    description: 'The group is done with them. A receipt that is `stale` changes nothing.',
  })
  @ApiOkResponse({ type: AckResults })
  @ApiProblems(...GROUP_CHANGE_PROBLEMS)
  ackMessages(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() { receipts }: AckDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const terms = { kind: 'ack', topic, group } as const;
    return this.settle(terms, receipts, 'acked', { deadlineMs, idempotency, reply });
  }

  @Post('nack')
  @HttpCode(200)
  @Permission('queues', 'nack')
  @ApiOperation({
    operationId: 'nackMessages',
    summary: 'Say that messages failed',
    description:
      'They are delivered again, with `delayMs` or the back-off of the topic; after ' +
      '`maxDeliveries` failures, or with `deadLetter`, they become dead letters of this group.',
  })
  @ApiOkResponse({ type: NackResults })
  @ApiProblems(...GROUP_CHANGE_PROBLEMS)
  nackMessages(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() body: NackDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { receipts, delayMs = null, reason = null, deadLetter = false } = body;
    const terms = { kind: 'nack', topic, group, delayMs, reason, deadLetter } as const;
    return this.settle(terms, receipts, 'nacked', { deadlineMs, idempotency, reply });
  }

  @Post('extend')
  @HttpCode(200)
  @Permission('queues', 'extend')
  @ApiOperation({
    operationId: 'extendMessages',
    summary: 'Keep messages longer',
    description: 'Their visibility begins anew, counted from now.',
  })
  @ApiOkResponse({ type: ExtendResults })
  @ApiProblems(...GROUP_CHANGE_PROBLEMS)
  extendMessages(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() { receipts, visibilityMs }: ExtendDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const terms = { kind: 'extend', topic, group, visibilityMs } as const;
    return this.settle(terms, receipts, 'extended', { deadlineMs, idempotency, reply });
  }

  private async settle(
    terms: SettleTerms,
    receipts: readonly unknown[],
    done: string,
    call: {
      readonly deadlineMs: number;
      readonly idempotency: IdempotentRequest | undefined;
      readonly reply: FastifyReply;
    },
  ): Promise<string> {
    const { deadlineMs, idempotency, reply } = call;
    const settled = await this.queues.settle(terms, receipts, { deadlineMs, idempotency });
    markReplayed(reply, settled.replayed);
    return jsonText(reply, resultsText(receipts, settled, done));
  }
}

/** Receipts that were read are plain ASCII without quotes. */
function resultsText(receipts: readonly unknown[], { isStale }: Settled, done: string): string {
  const results = receipts.map(
    (receipt, index) =>
      `{"receipt":"${String(receipt)}","status":"${isStale[index] === true ? 'stale' : done}"}`,
  );
  return `{"results":[${results.join(',')}]}`;
}
