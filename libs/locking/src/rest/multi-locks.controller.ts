import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { COMMAND_PROBLEMS } from '@sinkron/cluster';
import {
  ApiProblems,
  Call,
  Permission,
  validationFailed,
  type FieldError,
  type RequestCall,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import { AcquiredLocks, ReleasedLocks } from '../dto/lock-answers.js';
import {
  AcquireMultiLockDto,
  ReleaseMultiLockDto,
  RenewMultiLockDto,
} from '../dto/multi-lock.dto.js';
import { acquiredLock, releasedLock } from '../lock-answers.js';
import { notHolder } from '../lock-problems.js';
import { LocksService } from '../locks.service.js';
import { acquireRequest, granted } from './acquire.js';
import { ACQUIRE_MULTI_EXAMPLES } from './examples.js';
import { markReplayed } from './replayed.js';
import { ACQUIRE_PROBLEMS } from './route-problems.js';

/** Many locks in one step, all or none. */
@ApiTags('locks')
@Controller('v1/multi-locks')
export class MultiLocksController {
  constructor(private readonly locks: LocksService) {}

  @Post('acquire')
  @HttpCode(200)
  @Permission('locks', 'acquire')
  @ApiOperation({
    operationId: 'acquireMultiLock',
    summary: 'Take many locks at once, all or none',
    description:
      'With `waitMs` it waits in the queue of each lock and holds none meanwhile; all are granted ' +
      'in the same moment.',
  })
  @ApiBody({ type: AcquireMultiLockDto, examples: ACQUIRE_MULTI_EXAMPLES })
  @ApiOkResponse({ type: AcquiredLocks })
  @ApiProblems(...ACQUIRE_PROBLEMS)
  async acquireMultiLock(
    @Body() body: AcquireMultiLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLocks> {
    refuseRepeatedNames(body.locks);
    const locks = body.locks.map(({ name, mode = 'exclusive' }) => ({ name, mode }) as const);
    const request = acquireRequest(body, locks);
    const { result, replayed } = await this.locks.acquire(request, call);
    markReplayed(reply, replayed);
    return { locks: granted(request, result) };
  }

  @Post('release')
  @HttpCode(200)
  @Permission('locks', 'release')
  @ApiOperation({
    operationId: 'releaseMultiLock',
    summary: 'Give many locks back, all or none',
    description: 'Gives one hold of each back.',
  })
  @ApiOkResponse({ type: ReleasedLocks })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async releaseMultiLock(
    @Body() { owner, locks }: ReleaseMultiLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReleasedLocks> {
    refuseRepeatedNames(locks);
    const { result, replayed } = await this.locks.release(
      { owner, locks: locks.map(({ name, token }) => ({ name, token })) },
      call,
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(owner, result);
    return { locks: result.locks.map(releasedLock) };
  }

  @Post('renew')
  @HttpCode(200)
  @Permission('locks', 'renew')
  @ApiOperation({
    operationId: 'renewMultiLock',
    summary: 'Keep many locks, all or none',
    description: 'Begins each lease anew from now on, with `ttlMs` at another length.',
  })
  @ApiOkResponse({ type: AcquiredLocks })
  @ApiProblems('NOT_HOLDER', ...COMMAND_PROBLEMS)
  async renewMultiLock(
    @Body() { owner, locks, ttlMs }: RenewMultiLockDto,
    @Call() call: RequestCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcquiredLocks> {
    refuseRepeatedNames(locks);
    const { result, replayed } = await this.locks.renew(
      { owner, locks: locks.map(({ name, token }) => ({ name, token })), ttlMs: ttlMs ?? null },
      call,
    );
    markReplayed(reply, replayed);
    if (result.status === 'not-holder') throw notHolder(owner, result);
    return { locks: result.locks.map((grant) => acquiredLock(owner, grant)) };
  }
}

/** @throws ProblemError `VALIDATION_FAILED` */
function refuseRepeatedNames(locks: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, { name }] of locks.entries()) {
    if (names.has(name)) {
      errors.push({ field: `locks[${index}].name`, message: 'must differ from those before it' });
    }
    names.add(name);
  }
  if (errors.length > 0) throw validationFailed(errors);
}
