import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import {
  ApiProblems,
  BodyLimit,
  Consistency,
  Deadline,
  IdempotencyKey,
  Paging,
  Permission,
  QueryChoice,
  QueryName,
  validationFailed,
  type IdempotentRequest,
  type PageRequest,
  type ReadConsistency,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import type { MessagePage, MessageView } from '../core/commands/topic-query.js';
import { NAME_BYTES_MAX, RECEIVE_BYTES_MAX } from '../core/limits.js';
import { readMessageId } from '../core/message/message-id.js';
import { MessageDetail, MessageList, PublishedMessages } from '../dto/answers/message-answers.js';
import { PublishDto } from '../dto/publish.dto.js';
import { isoOrNull, messageTexts, publishedText } from '../service/message-texts.js';
import { notFound } from '../service/queue-problems.js';
import { QueuesService } from '../service/queues.service.js';
import { PUBLISH_EXAMPLES } from './examples.js';
import { jsonText, markReplayed } from './json-reply.js';
import { READ_PROBLEMS } from './route-problems.js';
import { sequenceAfter, sequenceCursor } from './sequence-cursor.js';
import { TopicName } from './topic-name.js';

const STATES = ['ready', 'delayed', 'in-flight'] as const;

/** Messages of topics over REST. */
@ApiTags('queues')
@Controller('v1/queues/:topic/messages')
export class MessagesController {
  constructor(private readonly queues: QueuesService) {}

  @Post()
  @BodyLimit(RECEIVE_BYTES_MAX)
  @Permission('queues', 'publish')
  @ApiOperation({
    operationId: 'publishMessages',
    summary: 'Publish messages',
    description:
      'Stores all or none, on the disks of a majority, and makes the topic when it is new. ' +
      'At most 8 MiB a request.',
  })
  @ApiBody({ type: PublishDto, examples: PUBLISH_EXAMPLES })
  @ApiCreatedResponse({ type: PublishedMessages })
  @ApiProblems('PAYLOAD_TOO_LARGE', 'QUEUE_FULL', ...COMMAND_PROBLEMS)
  async publishMessages(
    @TopicName() topic: string,
    @Body() { messages }: PublishDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const options = { deadlineMs, idempotency };
    const { result, replayed } = await this.queues.publish(topic, messages, options);
    markReplayed(reply, replayed);
    return jsonText(reply, publishedText(result));
  }

  @Get()
  @Permission('queues', 'read')
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'Look at messages',
    description:
      'In publish order, which is not always that of delivery. It counts as no delivery and gives ' +
      'no receipts. With `group`, those that the group has not acknowledged; with `state` those in ' +
      'that state. A page ends before 8 MiB of bodies.',
  })
  @ApiOkResponse({ type: MessageList })
  @ApiProblems('TOPIC_NOT_FOUND', 'GROUP_NOT_FOUND', ...READ_PROBLEMS)
  async listMessages(
    @TopicName() topic: string,
    @QueryName('group') group: string | undefined,
    @QueryChoice('state', STATES) state: (typeof STATES)[number] | undefined,
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (group === undefined && state !== undefined && state !== 'delayed') {
      throw validationFailed([{ field: 'group', message: `must be sent with state=${state}` }]);
    }
    const page = await this.queues.query<MessagePage>(
      {
        kind: 'messages',
        topic,
        group: group ?? null,
        state: state ?? null,
        after: sequenceAfter(after),
        limit,
      },
      { topic, ...(group === undefined ? {} : { group }) },
      { deadlineMs, consistency },
    );
    const texts = messageTexts(page.topicId, page.messages, page.bodies);
    const nextCursor = JSON.stringify(sequenceCursor(page.next));
    const messages = texts.map((text) => `{${text}}`).join(',');
    return jsonText(reply, `{"messages":[${messages}],"nextCursor":${nextCursor}}`);
  }

  @Get(':id')
  @Permission('queues', 'read')
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'getMessage',
    summary: 'Look at a message, and how far each group is with it',
  })
  @ApiOkResponse({ type: MessageDetail })
  @ApiProblems('TOPIC_NOT_FOUND', 'MESSAGE_NOT_FOUND', ...READ_PROBLEMS)
  async getMessage(
    @TopicName() topic: string,
    @Param('id') id: string,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const topicId = topicIdOf(topic, id);
    const view = await this.queues.query<MessageView>(
      { kind: 'message', topic, id },
      { topic, id },
      { deadlineMs, consistency },
    );
    const [text] = messageTexts(topicId, [view.handedOut], view.bodies);
    if (text === undefined) throw notFound('message', { topic, id });
    const others = JSON.stringify({
      deliverAt: isoOrNull(view.deliverAtMs),
      expiresAt: isoOrNull(view.expiresAtMs),
      groups: view.groups.map(({ group, state, deliveries, visibleAtMs }) => ({
        group,
        state,
        deliveries,
        visibleAt: isoOrNull(visibleAtMs),
      })),
    });
    return jsonText(reply, `{${text},${others.slice(1)}`);
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission('queues', 'delete-message')
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'deleteMessage',
    summary: 'Remove a message',
    description: 'In every group, also when it is in flight; a delayed one is cancelled.',
  })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiProblems('TOPIC_NOT_FOUND', 'MESSAGE_NOT_FOUND', ...COMMAND_PROBLEMS)
  async deleteMessage(
    @TopicName() topic: string,
    @Param('id') id: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    topicIdOf(topic, id);
    const command = { kind: 'delete-message', topic, id } as const;
    const options = { deadlineMs, idempotency };
    const { replayed } = await this.queues.change('deleted', command, { topic, id }, options);
    markReplayed(reply, replayed);
  }
}

/** @throws ProblemError MESSAGE_NOT_FOUND for a text that no message has as its id. */
function topicIdOf(topic: string, id: string): number {
  const place = readMessageId(id);
  if (place === undefined) {
    const shown = id.length > NAME_BYTES_MAX ? 'of that name' : id;
    throw notFound('message', { topic, id: shown });
  }
  return place.topicId;
}
