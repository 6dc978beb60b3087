import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
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
} from '@sinkron/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionView } from '../core/commands/lock-view.js';
import { SESSION_TTL_MS_DEFAULT } from '../core/limits.js';
import { iso } from '../lock-answers.js';
import { sessionNotFound, tooManySessions } from '../lock-problems.js';
import { markReplayed } from '../rest/replayed.js';
import { READ_PROBLEMS } from '../rest/route-problems.js';
import { CreateSessionDto, NoFieldsDto } from './dto/create-session.dto.js';
import { SessionDetail, SessionLeaseAnswer, SessionList } from './dto/session-answers.js';
import { SessionId } from './session-parameter.js';
import { SessionsService } from './sessions.service.js';

/** Sessions over REST: one lease, kept alive by its client, for all the locks held by it. */
@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @HttpCode(201)
  @Permission('sessions', 'create')
  @ApiOperation({
    operationId: 'createSession',
    summary: 'Make a session',
    description: 'Give its `sessionId` to acquires: its end releases all that was held by it.',
  })
  @ApiCreatedResponse({ type: SessionLeaseAnswer })
  @ApiProblems(...COMMAND_PROBLEMS)
  async createSession(
    @Body() body: CreateSessionDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionLeaseAnswer> {
    const { ttlMs = SESSION_TTL_MS_DEFAULT, lockDelayMs = 0, name = null } = body;
    const { result, replayed } = await this.sessions.create(
      { ttlMs, lockDelayMs, name },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    if (result.status === 'full') throw tooManySessions();
    return leaseAnswer(result.sessionId, result);
  }

  @Post(':id/keepalive')
  @HttpCode(200)
  @Permission('sessions', 'keep-alive')
  @ApiOperation({
    operationId: 'keepSessionAlive',
    summary: 'Keep a session alive',
    description:
      'Begins its lease anew from now on. Send one about every third of `ttlMs`. It costs no ' +
      'write, and no answer is remembered: a repeat keeps the session alive once more.',
  })
  @ApiOkResponse({ type: SessionLeaseAnswer })
  @ApiProblems('SESSION_NOT_FOUND', ...COMMAND_PROBLEMS)
  async keepSessionAlive(
    @SessionId() sessionId: string,
    @Body() _body: NoFieldsDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() _idempotency: IdempotentRequest | undefined,
    @Req() request: FastifyRequest,
  ): Promise<SessionLeaseAnswer> {
    const connection = request.raw.socket;
    const answer = await this.sessions.keepAlive(sessionId, { deadlineMs, connection });
    if (answer.status === 'session-not-found') throw sessionNotFound(sessionId);
    return leaseAnswer(sessionId, answer);
  }

  @Get()
  @Permission('sessions', 'read')
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List the sessions',
    description: 'In byte order of their ids.',
  })
  @ApiOkResponse({ type: SessionList })
  @ApiProblems(...READ_PROBLEMS)
  async listSessions(
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<SessionList> {
    const page = await this.sessions.list(
      { after: after ?? null, limit },
      { deadlineMs, consistency },
    );
    const nextCursor = page.next === null ? null : encodeCursor(page.next);
    return { sessions: page.sessions.map(sessionDetail), nextCursor };
  }

  @Get(':id')
  @Permission('sessions', 'read')
  @ApiOperation({ operationId: 'getSession', summary: 'Look at a session' })
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems('SESSION_NOT_FOUND', ...READ_PROBLEMS)
  async getSession(
    @SessionId() sessionId: string,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<SessionDetail> {
    const session = await this.sessions.get(sessionId, { deadlineMs, consistency });
    if (session === null) throw sessionNotFound(sessionId);
    return sessionDetail(session);
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission('sessions', 'delete')
  @ApiOperation({
    operationId: 'deleteSession',
    summary: 'End a session',
    description: 'Releases the locks held by it at once and takes it out of every queue.',
  })
  @ApiNoContentResponse({ description: 'The session is no more' })
  @ApiProblems('SESSION_NOT_FOUND', ...COMMAND_PROBLEMS)
  async deleteSession(
    @SessionId() sessionId: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { result, replayed } = await this.sessions.end(sessionId, { deadlineMs, idempotency });
    markReplayed(reply, replayed);
    if (result.status === 'session-not-found') throw sessionNotFound(sessionId);
  }
}

function leaseAnswer(
  sessionId: string,
  { ttlMs, expiresAtMs }: { readonly ttlMs: number; readonly expiresAtMs: number },
): SessionLeaseAnswer {
  return { sessionId, ttlMs, expiresAt: iso(expiresAtMs) };
}

function sessionDetail(session: SessionView): SessionDetail {
  const { sessionId, name, ttlMs, lockDelayMs, expiresAtMs, locks } = session;
  return { sessionId, name, ttlMs, lockDelayMs, expiresAt: iso(expiresAtMs), locks };
}
