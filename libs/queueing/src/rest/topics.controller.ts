import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import {
  ApiProblems,
  Consistency,
  Deadline,
  encodeCursor,
  IdempotencyKey,
  Paging,
  Permission,
  type IdempotentRequest,
  type PageRequest,
  type ReadConsistency,
  validationFailed,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import type { TopicView } from '../core/commands/topic-query.js';
import { REDRIVE_MAX } from '../core/limits.js';
import { Redriven } from '../dto/answers/message-answers.js';
import { ConfiguredTopic, TopicDetail, TopicList } from '../dto/answers/topic-answers.js';
import { ConfigureTopicDto } from '../dto/configure-topic.dto.js';
import { RedriveDto } from '../dto/redrive.dto.js';
import { QueuesService } from '../service/queues.service.js';
import { TOPIC_PLACES } from '../store/tokens.js';
import type { TopicPlaces } from '../store/topic-places.js';
import { markReplayed } from './json-reply.js';
import { READ_PROBLEMS, TOPIC_CHANGE_PROBLEMS } from './route-problems.js';
import { configurationAnswer, configurationOf, topicDetail, topicSummary } from './topic-answer.js';
import { TopicName } from './topic-name.js';

/** Topics over REST, the same at every node. */
@ApiTags('queues')
@Controller('v1/queues')
export class TopicsController {
  constructor(
    private readonly queues: QueuesService,
    @Inject(TOPIC_PLACES) private readonly places: TopicPlaces,
  ) {}

  @Put(':topic')
  @Permission('queues', 'configure')
  @ApiOperation({
    operationId: 'configureTopic',
    summary: 'Make or configure a topic',
    description:
      'Replaces the whole configuration: what is left out has its default. `retention` cannot be ' +
      'changed while the topic has messages.',
  })
  @ApiOkResponse({ type: ConfiguredTopic, description: 'The topic was there before' })
  @ApiCreatedResponse({ type: ConfiguredTopic, description: 'The topic is new' })
  @ApiProblems('CONFIGURATION_CONFLICT', 'QUEUE_FULL', ...COMMAND_PROBLEMS)
  async configureTopic(
    @TopicName() topic: string,
    @Body() body: ConfigureTopicDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfiguredTopic> {
    const configuration = configurationOf(body);
    const { deadLetterTopic } = configuration;
    if (deadLetterTopic === topic) {
      throw validationFailed([{ field: 'deadLetterTopic', message: 'must be another topic' }]);
    }
    const { result, replayed } = await this.queues.change(
      'configured',
      { kind: 'configure', topic, configuration },
      { topic },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    void reply.code(result.created ? 201 : 200);
    return { topic, configuration: configurationAnswer(configuration) };
  }

  @Get()
  @Permission('queues', 'read')
  @ApiOperation({
    operationId: 'listTopics',
    summary: 'List the topics',
    description: 'Of all shards, in byte order of their names.',
  })
  @ApiOkResponse({ type: TopicList })
  @ApiProblems(...READ_PROBLEMS)
  async listTopics(
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<TopicList> {
    const query = { kind: 'topics', after: after ?? null, limit } as const;
    const options = { deadlineMs, consistency };
    const views = await this.queues.query<readonly TopicView[]>(query, { topic: '' }, options);
    const last = views.length < limit ? undefined : views.at(-1);
    const nextCursor = last === undefined ? null : encodeCursor(last.topic);
    return { queues: views.map(topicSummary), nextCursor };
  }

  @Get(':topic')
  @Permission('queues', 'read')
  @ApiOperation({ operationId: 'getTopic', summary: 'Look at a topic' })
  @ApiOkResponse({ type: TopicDetail })
  @ApiProblems('TOPIC_NOT_FOUND', ...READ_PROBLEMS)
  async getTopic(
    @TopicName() topic: string,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<TopicDetail> {
    const options = { deadlineMs, consistency };
    const view = await this.queues.query<TopicView>({ kind: 'topic', topic }, { topic }, options);
    return topicDetail(view, this.places);
  }

  @Delete(':topic')
  @HttpCode(204)
  @Permission('queues', 'delete')
  @ApiOperation({
    operationId: 'deleteTopic',
    summary: 'Delete a topic with its messages and groups',
    description: 'Receipts of its messages are stale. Its dead-letter topic stays.',
  })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiProblems(...TOPIC_CHANGE_PROBLEMS)
  async deleteTopic(
    @TopicName() topic: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const command = { kind: 'delete-topic', topic } as const;
    const options = { deadlineMs, idempotency };
    const { replayed } = await this.queues.change('deleted', command, { topic }, options);
    markReplayed(reply, replayed);
  }

  @Delete(':topic/messages')
  @HttpCode(204)
  @Permission('queues', 'purge')
  @ApiOperation({
    operationId: 'purgeTopic',
    summary: 'Remove all messages of a topic',
    description: 'Also those in flight and those to come later. Groups and configuration stay.',
  })
  @ApiNoContentResponse({ description: 'They are gone' })
  @ApiProblems(...TOPIC_CHANGE_PROBLEMS)
  async purgeTopic(
    @TopicName() topic: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const command = { kind: 'purge', topic } as const;
    const options = { deadlineMs, idempotency };
    const { replayed } = await this.queues.change('purged', command, { topic }, options);
    markReplayed(reply, replayed);
  }

  @Post(':topic/redrive')
  @HttpCode(200)
  @Permission('queues', 'redrive')
  @ApiOperation({
    operationId: 'redriveTopic',
    summary: 'Give dead letters back',
    description:
      'To the topic and group where they failed, and to no other group; or all to another topic ' +
      `with \`to\`. The topic may be the source or its dead-letter topic. At most ${REDRIVE_MAX} at ` +
      'a time: repeat it until `moved` is 0.',
  })
  @ApiOkResponse({ type: Redriven })
  @ApiProblems('QUEUE_FULL', ...TOPIC_CHANGE_PROBLEMS)
  async redriveTopic(
    @TopicName() topic: string,
    @Body() { max = REDRIVE_MAX, to }: RedriveDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Redriven> {
    const what = { max, to: to ?? null };
    const options = { deadlineMs, idempotency };
    const { result: moved, replayed } = await this.queues.redrive(topic, what, options);
    markReplayed(reply, replayed);
    return { moved };
  }
}
