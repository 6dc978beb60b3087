import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  Consistency,
  Deadline,
  encodeCursor,
  IdempotencyKey,
  Name,
  Paging,
  Permission,
  QueryText,
  type IdempotentRequest,
  type PageRequest,
  type ReadConsistency,
} from '@sinkron/http';
import { unreachable } from '@sinkron/invariant';
import type { FastifyReply } from 'fastify';
import { TTL_MS_DEFAULT } from './core/limits.js';
import { AcquireLockDto } from './dto/acquire-lock.dto.js';
import { AcquiredLock, LockDetail, LockList, ReleasedLock } from './dto/lock-answers.js';
import { metadataText } from './dto/lock-fields.js';
import { ReleaseLockDto } from './dto/release-lock.dto.js';
import { RenewLockDto } from './dto/renew-lock.dto.js';
import { acquiredLock, lockDetail } from './lock-answers.js';
import { lockHeld, lockNotFound, notHolder, tooManyLocks } from './lock-problems.js';
import { LocksService } from './locks.service.js';

/** What any command may meet on its way to the majority. */
const COMMAND_PROBLEMS = [
  'IDEMPOTENCY_KEY_REUSED',
  'NO_LEADER',
  'NO_QUORUM',
  'OVERLOADED',
  'ROLE_ABSENT',
  'OUTCOME_UNKNOWN',
] as const;

const READ_PROBLEMS = ['NO_LEADER', 'NO_QUORUM', 'ROLE_ABSENT'] as const;

/** Locks over REST, the same at every node. */
@ApiTags('locks')
@Controller('v1/locks')
export class LocksController {
  constructor(private readonly locks: LocksService) {}

  @Post(':name/acquire')
  @HttpCode(200)
  @Permission('locks', 'acquire')
  @ApiOperation({
    operationId: 'acquireLock',
    summary: 'Take a lock',
    description:
      'Grants the lock, or refuses at once with its holder. The owner that holds it may acquire ' +
      'it again: `holds` counts, the token stays. Without a release or renewal the lock is free ' +
      'after `ttlMs`.',
  })
  @ApiOkResponse({ type: AcquiredLock })
  @ApiProblems('LOCK_HELD', ...COMMAND_PROBLEMS)
  async acquireLock(
    @Name('name') name: string,
    @Body() body: AcquireLockDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLock> {
    const { owner, ttlMs = TTL_MS_DEFAULT } = body;
    const metadata = metadataText(body.metadata);
    const { result, replayed } = await this.locks.acquire(
      { name, sessionId: null, owner, mode: 'exclusive', ttlMs, metadata },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    switch (result.status) {
      case 'granted':
        return acquiredLock(name, owner, result);
      case 'held':
        throw lockHeld(name, result);
      case 'full':
        throw tooManyLocks();
      default:
        return unreachable(result);
    }
  }

  @Post(':name/release')
  @HttpCode(200)
  @Permission('locks', 'release')
  @ApiOperation({
    operationId: 'releaseLock',
    summary: 'Give a lock back',
    description: 'Gives one hold back; the lock is free when none is left.',
  })
  @ApiOkResponse({ type: ReleasedLock })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async releaseLock(
    @Name('name') name: string,
    @Body() { owner, token }: ReleaseLockDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReleasedLock> {
    const { result, replayed } = await this.locks.release(
      { name, sessionId: null, owner, token },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(name, owner, token);
    return { name, released: result.holds === 0, holds: result.holds };
  }

  @Post(':name/renew')
  @HttpCode(200)
  @Permission('locks', 'renew')
  @ApiOperation({
    operationId: 'renewLock',
    summary: 'Keep a lock',
    description: 'Begins the lease anew from now on, with `ttlMs` at another length.',
  })
  @ApiOkResponse({ type: AcquiredLock })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async renewLock(
    @Name('name') name: string,
    @Body() { owner, token, ttlMs }: RenewLockDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLock> {
    const { result, replayed } = await this.locks.renew(
      { name, sessionId: null, owner, token, ttlMs: ttlMs ?? null },
      { deadlineMs, idempotency },
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(name, owner, token);
    return acquiredLock(name, owner, result);
  }

  @Get()
  @Permission('locks', 'read')
  @ApiOperation({
    operationId: 'listLocks',
    summary: 'List the locks that are held',
    description: 'In byte order of their names.',
  })
  @ApiOkResponse({ type: LockList })
  @ApiProblems(...READ_PROBLEMS)
  async listLocks(
    @QueryText('prefix') prefix: string | undefined,
    @Paging() { limit, after }: PageRequest,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<LockList> {
    const page = await this.locks.list(
      { prefix: prefix ?? '', after: after ?? null, limit },
      { deadlineMs, consistency },
    );
    const nextCursor = page.next === null ? null : encodeCursor(page.next);
    return { locks: page.locks.map(lockDetail), nextCursor };
  }

  @Get(':name')
  @Permission('locks', 'read')
  @ApiOperation({ operationId: 'getLock', summary: 'Look at a lock' })
  @ApiOkResponse({ type: LockDetail })
  @ApiProblems('LOCK_NOT_FOUND', ...READ_PROBLEMS)
  async getLock(
    @Name('name') name: string,
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<LockDetail> {
    const lock = await this.locks.get(name, { deadlineMs, consistency });
    if (lock === null) throw lockNotFound(name);
    return lockDetail(lock);
  }
}

/** Set before an outcome is refused, too: a remembered refusal is a repeated answer as well. */
function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('Idempotency-Replayed', 'true');
}
