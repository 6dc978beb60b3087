import { Body, Controller, Delete, Get, HttpCode, Post, Put, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  ApiProblems,
  Consistency,
  Deadline,
  encodeCursor,
  IdempotencyKey,
  Name,
  Paging,
  Permission,
  QueryName,
  type IdempotentRequest,
  type PageRequest,
  type ReadConsistency,
} from '@sinkron/http';
import { invariant } from '@sinkron/invariant';
import type { FastifyReply } from 'fastify';
import type { GroupView, PendingPage } from '../core/commands/topic-query.js';
import { GROUPS_PER_TOPIC_MAX } from '../core/limits.js';
import { messageId } from '../core/message/message-id.js';
import { GroupDetail, GroupList, GroupName, PendingList } from '../dto/answers/group-answers.js';
import { CreateGroupDto } from '../dto/create-group.dto.js';
import { SeekDto, seekTarget } from '../dto/seek.dto.js';
import { iso } from '../service/message-texts.js';
import { QueuesService } from '../service/queues.service.js';
import { markReplayed } from './json-reply.js';
import { GROUP_CHANGE_PROBLEMS, READ_PROBLEMS, TOPIC_CHANGE_PROBLEMS } from './route-problems.js';
import { sequenceAfter, sequenceCursor } from './sequence-cursor.js';
import { TopicName } from './topic-name.js';

/** Consumer groups over REST. */
@ApiTags('queues')
@Controller('v1/queues/:topic/groups')
export class GroupsController {
  constructor(private readonly queues: QueuesService) {}

  @Put(':group')
  @Permission('queues', 'create-group')
  @ApiOperation({
    operationId: 'createGroup',
    summary: 'Make a consumer group',
    description:
      `Every group sees every message. A topic has at most ${GROUPS_PER_TOPIC_MAX}. A group is also ` +
      'made, from `earliest`, by its first receive or stream.',
  })
  @ApiOkResponse({ type: GroupName, description: 'It was there before, and stays as it is' })
  @ApiCreatedResponse({ type: GroupName, description: 'It is new' })
  @ApiProblems('QUEUE_FULL', ...TOPIC_CHANGE_PROBLEMS)
  async createGroup(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() { from = 'earliest' }: CreateGroupDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GroupName> {
    const { result, replayed } = await this.queues.change(
      'group-created',
      { kind: 'create-group', topic, group, from },
      { topic, group },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    void reply.code(result.created ? 201 : 200);
    return { topic, group };
  }

  @Get()
  @Permission('queues', 'read')
  @ApiOperation({ operationId: 'listGroups', summary: 'List the groups of a topic' })
  @ApiOkResponse({ type: GroupList })
  @ApiProblems('TOPIC_NOT_FOUND', ...READ_PROBLEMS)
  async listGroups(
    @TopicName() topic: string,
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<GroupList> {
    const query = { kind: 'groups', topic, after: after ?? null, limit } as const;
    const options = { deadlineMs, consistency };
    const views = await this.queues.query<readonly GroupView[]>(query, { topic }, options);
    const last = views.length < limit ? undefined : views.at(-1);
    const nextCursor = last === undefined ? null : encodeCursor(last.group);
    return { groups: [...views], nextCursor };
  }

  @Get(':group')
  @Permission('queues', 'read')
  @ApiOperation({ operationId: 'getGroup', summary: 'Look at a group' })
  @ApiOkResponse({ type: GroupDetail })
  @ApiProblems('TOPIC_NOT_FOUND', 'GROUP_NOT_FOUND', ...READ_PROBLEMS)
  async getGroup(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<GroupDetail> {
    const options = { deadlineMs, consistency };
    return this.queues.query<GroupView>({ kind: 'group', topic, group }, { topic, group }, options);
  }

  @Delete(':group')
  @HttpCode(204)
  @Permission('queues', 'delete-group')
  @ApiOperation({
    operationId: 'deleteGroup',
    summary: 'Delete a group',
    description:
      'With `work` retention, messages that only it had not acknowledged are removed; a topic whose ' +
      'last group it is keeps its messages.',
  })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiProblems(...GROUP_CHANGE_PROBLEMS)
  async deleteGroup(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { replayed } = await this.queues.change(
      'group-deleted',
      { kind: 'delete-group', topic, group },
      { topic, group },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
  }

  @Get(':group/pending')
  @Permission('queues', 'read')
  @ApiOperation({
    operationId: 'listPending',
    summary: 'List the messages in flight',
    description: 'In publish order; with `consumer`, those of one.',
  })
  @ApiOkResponse({ type: PendingList })
  @ApiProblems('TOPIC_NOT_FOUND', 'GROUP_NOT_FOUND', ...READ_PROBLEMS)
  async listPending(
    @TopicName() topic: string,
    @Name('group') group: string,
    @QueryName('consumer') consumer: string | undefined,
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<PendingList> {
    const page = await this.queues.query<PendingPage>(
      {
        kind: 'pending',
        topic,
        group,
        consumer: consumer ?? null,
        after: sequenceAfter(after),
        limit,
      },
      { topic, group },
      { deadlineMs, consistency },
    );
    const pending = page.pending.map(({ sequence, consumer: name, deliveries, visibleAtMs }) => ({
      id: messageId(page.topicId, sequence),
      consumer: name,
      deliveries,
      visibleAt: iso(visibleAtMs),
    }));
    return { pending, nextCursor: sequenceCursor(page.next) };
  }

  @Post(':group/seek')
  @HttpCode(200)
  @Permission('queues', 'seek')
  @ApiOperation({
    operationId: 'seekGroup',
    summary: 'Let a group go on elsewhere',
    description:
      'It sees everything that is stored from there on, also what it has acknowledged; what is ' +
      'before counts as acknowledged. Receipts of before are stale. With `work` retention, what all ' +
      'groups have acknowledged is gone.',
  })
  @ApiOkResponse({ type: GroupName })
  @ApiProblems('MESSAGE_NOT_FOUND', ...GROUP_CHANGE_PROBLEMS)
  async seekGroup(
    @TopicName() topic: string,
    @Name('group') group: string,
    @Body() body: SeekDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GroupName> {
    const to = seekTarget(body.to);
    invariant(to !== undefined, 'GroupsController: a validated body has a target');
    const { replayed } = await this.queues.change(
      'sought',
      { kind: 'seek', topic, group, to },
      { topic, group, ...(to.kind === 'id' ? { id: to.id } : {}) },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    return { topic, group };
  }
}
