import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  Deadline,
  EventStream,
  EventStreamReply,
  LastEventId,
  Permission,
  positionText,
  QueryText,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import { READ_PROBLEMS } from '../rest/route-problems.js';
import { LockEventFeed } from './lock-event-feed.js';

const EXAMPLE = [
  'id: 4711-1',
  'event: granted',
  'data: {"name":"orders/42","owner":"worker-7","sessionId":null,"mode":"exclusive","token":42,"at":"2026-09-01T12:00:00.000Z"}',
  '',
  '',
].join('\n');

/** What happens to locks, as it happens. */
@ApiTags('locks')
@Controller('v1/lock-events')
export class LockEventsController {
  constructor(private readonly feed: LockEventFeed) {}

  @Get()
  @EventStream()
  @Permission('locks', 'watch')
  @ApiOperation({
    operationId: 'streamLockEvents',
    summary: 'Watch what happens to locks',
    description: [
      'Server-Sent Events `granted`, `released`, `expired`, `queued`, `broken` and `deadlock` (with',
      '`cycle`); `data` is JSON with `name`, `owner`, `sessionId`, `mode`, `token` and `at`. Begins',
      'now, or behind `Last-Event-ID`; `reset` comes first when that one is not among the last 10,000.',
      'A reader 1 MiB behind gets `overflow` and is closed. Ids are the same at every node.',
    ].join(' '),
  })
  @ApiOkResponse({
    description: 'A stream without end; a comment every 15 s',
    content: { 'text/event-stream': { schema: { type: 'string', example: EXAMPLE } } },
  })
  @ApiProblems('OVERLOADED', ...READ_PROBLEMS)
  async streamLockEvents(
    @QueryText('prefix') prefix: string | undefined,
    @LastEventId() lastEventId: string | undefined,
    @Deadline() deadlineMs: number,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const first = await this.feed.open(lastEventId, prefix ?? '', { deadlineMs });
    const stream = EventStreamReply.open(reply);
    // Whoever is cut off before the first event resumes here too.
    if (lastEventId === undefined) stream.write(positionText(first.last));
    this.feed.follow(stream, prefix ?? '', first);
  }
}
