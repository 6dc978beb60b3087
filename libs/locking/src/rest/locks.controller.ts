import { Body, Controller, Delete, Get, HttpCode, Post, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import {
  ApiProblems,
  Call,
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
  type RequestCall,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import { AcquireLockDto } from '../dto/acquire-lock.dto.js';
import { AcquiredLock, LockDetail, LockList, ReleasedLock } from '../dto/lock-answers.js';
import { ReleaseLockDto } from '../dto/release-lock.dto.js';
import { RenewLockDto } from '../dto/renew-lock.dto.js';
import { acquiredLock, lockDetail, onlyLock, releasedLock } from '../lock-answers.js';
import { lockNotFound, notHolder } from '../lock-problems.js';
import { LocksService } from '../locks.service.js';
import { acquireRequest, granted } from './acquire.js';
import { ACQUIRE_EXAMPLES } from './examples.js';
import { markReplayed } from './replayed.js';
import { ACQUIRE_PROBLEMS, READ_PROBLEMS } from './route-problems.js';

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
      'Grants the lock, waits for it up to `waitMs` in the order of arrival, or refuses with its ' +
      'holders. The owner that holds it may acquire it again: `holds` counts, the token stays. A ' +
      'shared holder that asks for exclusive upgrades its hold and gets a new token. A request ' +
      'that would wait for ever is refused with `DEADLOCK`. `X-Timeout-Ms` comes on top of ' +
      '`waitMs`. Without a release, renewal or living session the hold ends after `ttlMs`.',
  })
  @ApiBody({ type: AcquireLockDto, examples: ACQUIRE_EXAMPLES })
  @ApiOkResponse({ type: AcquiredLock })
  @ApiProblems(...ACQUIRE_PROBLEMS)
  async acquireLock(
    @Name('name') name: string,
    @Body() body: AcquireLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLock> {
    const request = acquireRequest(body, [{ name, mode: body.mode ?? 'exclusive' }]);
    const { result, replayed } = await this.locks.acquire(request, call);
    markReplayed(reply, replayed);
    return onlyLock(granted(request, result));
  }

  @Post(':name/release')
  @HttpCode(200)
  @Permission('locks', 'release')
  @ApiOperation({
    operationId: 'releaseLock',
    summary: 'Give a lock back',
    description: 'Gives one hold back; when none is left, the next in the queue are granted.',
  })
  @ApiOkResponse({ type: ReleasedLock })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async releaseLock(
    @Name('name') name: string,
    @Body() { owner, token }: ReleaseLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReleasedLock> {
    const { result, replayed } = await this.locks.release(
      { owner, locks: [{ name, token }] },
      call,
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(owner, result);
    return releasedLock(onlyLock(result.locks));
  }

  @Post(':name/renew')
  @HttpCode(200)
  @Permission('locks', 'renew')
  @ApiOperation({
    operationId: 'renewLock',
    summary: 'Keep a lock',
    description:
      'Begins the lease anew from now on, with `ttlMs` at another length; in a session, that of ' +
      'the session.',
  })
  @ApiOkResponse({ type: AcquiredLock })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async renewLock(
    @Name('name') name: string,
    @Body() { owner, token, ttlMs }: RenewLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLock> {
    const { result, replayed } = await this.locks.renew(
      { owner, locks: [{ name, token }], ttlMs: ttlMs ?? null },
      call,
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(owner, result);
    return acquiredLock(owner, onlyLock(result.locks));
  }

  @Get()
  @Permission('locks', 'read')
  @ApiOperation({
    operationId: 'listLocks',
    summary: 'List the locks that are held or waited for',
    description:
      'In byte order of their names. A page may be shorter than `limit` before the end: ' +
      '`nextCursor` tells.',
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
    const nowMs = Date.now();
    return { locks: page.locks.map((lock) => lockDetail(lock, nowMs)), nextCursor };
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
    return lockDetail(lock, Date.now());
  }

  @Delete(':name')
  @HttpCode(204)
  @Permission('locks', 'break')
  @ApiOperation({
    operationId: 'breakLock',
    summary: 'Break a lock',
    description:
      'For operators: takes the lock away from whoever holds it. Their tokens are dead; the next ' +
      'in the queue are granted at once, with larger ones.',
  })
  @ApiNoContentResponse({ description: 'Nobody of those before holds it any more' })
  @ApiProblems('LOCK_NOT_FOUND', ...COMMAND_PROBLEMS)
  async breakLock(
    @Name('name') name: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { result, replayed } = await this.locks.break(name, { deadlineMs, idempotency });
    markReplayed(reply, replayed);
    if (result.status === 'free') throw lockNotFound(name);
  }
}
