import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  Deadline,
  EventStream,
  EventStreamReply,
  Name,
  Permission,
  QueryInteger,
  QueryName,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import { VISIBILITY_MS_MAX, VISIBILITY_MS_MIN } from '../core/limits.js';
import { TOPIC_CHANGE_PROBLEMS } from '../rest/route-problems.js';
import { TopicName } from '../rest/topic-name.js';
import { PREFETCH_DEFAULT, PREFETCH_MAX } from './limits.js';
import { MessageStreams } from './message-streams.js';

const PREFETCH = { min: 1, max: PREFETCH_MAX, fallback: PREFETCH_DEFAULT };
const VISIBILITY = { min: VISIBILITY_MS_MIN, max: VISIBILITY_MS_MAX };

const EXAMPLE = [
  'id: 1-2s',
  'event: message',
  'data: {"id":"1-2s","body":{"order":42},"key":null,"priority":4,"headers":{},"publishedAt":"2026-09-01T12:00:00.000Z","deliveries":1,"receipt":"1-1-3-7-0z8n3qk","visibleAt":"2026-09-01T12:00:30.000Z"}',
  '',
  '',
].join('\n');

/** Messages as they become ready. */
@ApiTags('queues')
@Controller('v1/queues/:topic/groups/:group/stream')
export class StreamController {
  constructor(private readonly streams: MessageStreams) {}

  @Get()
  @EventStream()
  @Permission('queues', 'receive')
  @ApiOperation({
    operationId: 'streamMessages',
    summary: 'Receive messages as a stream',
    description: [
      'Server-Sent Events `message`, each with one message as a receive gives it, at most `prefetch`',
      'of them unacknowledged; acknowledge with `ack` at any node. When the stream ends, those that',
      'are not acknowledged are ready for others at once, and no failure is counted. A reader that is',
      '1 MiB behind, or takes nothing for 10 s, gets `overflow` and is closed; `problem` with its',
      'details comes before the end when the topic is gone or the node stops. A new stream goes on',
      'where the group is: `Last-Event-ID` has no meaning here.',
    ].join(' '),
  })
  @ApiOkResponse({
    description: 'A stream without end; a comment every 15 s',
    content: { 'text/event-stream': { schema: { type: 'string', example: EXAMPLE } } },
  })
  @ApiProblems('QUEUE_FULL', ...TOPIC_CHANGE_PROBLEMS)
  async streamMessages(
    @TopicName() topic: string,
    @Name('group') group: string,
    @QueryName('consumer') consumer: string | undefined,
    @QueryInteger('prefetch', PREFETCH) prefetch: number,
    @QueryInteger('visibilityMs', VISIBILITY) visibilityMs: number | undefined,
    @Deadline() deadlineMs: number,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.streams.prepare(topic, group, deadlineMs);
    const terms = { topic, group, consumer, prefetch, visibilityMs: visibilityMs ?? null };
    this.streams.open(EventStreamReply.open(reply), terms);
  }
}
