import { Body, Controller, Get, HttpException, Post, Put, Req } from '@nestjs/common';
import { ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { AnyJson } from '../body/constraints/any-json.js';
import { IsIntegerBetween } from '../body/constraints/is-integer-between.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemError } from '../problem/problem-error.js';
import { Deadline } from '../request/deadline.js';
import { IdempotencyKey, type IdempotentRequest } from '../request/idempotency-key.js';
import { IsName, Name } from '../request/name.js';
import { Call, type RequestCall } from '../request/request-call.js';
import { Paging, type PageRequest } from '../request/paging.js';
import {
  Consistency,
  QueryChoice,
  QueryInteger,
  QueryName,
  QueryText,
} from '../request/query-parameter.js';
import { BodyLimit, EventStream, Permission, RawBody } from '../route/route-decorators.js';

export class PartDto {
  @IsName()
  @ApiProperty()
  readonly name!: string;

  @IsIntegerBetween(0, 9)
  readonly priority: number = 4;
}

export class ThingDto {
  @IsString()
  @ApiProperty()
  readonly owner!: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PartDto)
  @ApiProperty({ type: [PartDto], required: false })
  readonly parts?: readonly PartDto[];

  @IsOptional()
  @AnyJson()
  @ApiProperty({ type: Object, required: false })
  readonly note?: unknown;
}

/** Lets a test hold an answer back until it has done something else. */
export class Latch {
  private open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  private enter: () => void = () => {};
  readonly entered = new Promise<void>((resolve) => (this.enter = resolve));

  release(): void {
    this.open();
  }

  pass(): Promise<void> {
    this.enter();
    return this.opened;
  }
}

/** Routes with everything that routes can have; they answer what they were given. */
@Controller('v1/things')
export class ThingsController {
  static latch = new Latch();

  @Get()
  @Permission('things', 'read')
  listThings(
    @QueryText('prefix') prefix: string | undefined,
    @QueryName('group') group: string | undefined,
    @QueryChoice('state', ['ready', 'delayed']) state: string | undefined,
    @QueryInteger('max', { min: 1, max: 20 }) max: number | undefined,
    @Consistency() consistency: string,
    @Paging() page: PageRequest,
  ): object {
    return { prefix, group, state, max, consistency, ...page };
  }

  @Get('stream')
  @Permission('things', 'stream')
  @EventStream()
  streamThings(): object {
    return {};
  }

  @Get('slow')
  @Permission('things', 'wait')
  async waitForThing(): Promise<object> {
    await ThingsController.latch.pass();
    return { waited: true };
  }

  @Get('broken')
  @Permission('things', 'break')
  breakThing(): never {
    throw new Error('the secret of the database');
  }

  @Get('teapot')
  @Permission('things', 'brew')
  brewThing(): never {
    throw new HttpException('a teapot', 418);
  }

  @Post('refused')
  @Permission('things', 'refuse')
  refuseThing(@Body() body: Record<string, never>): never {
    throw new ProblemError(body['code'] ?? 'INTERNAL', 'as asked', {
      members: { asked: true },
      ...(body['retryAfter'] === undefined
        ? {}
        : { headers: { 'retry-after': String(body['retryAfter']) } }),
    });
  }

  @Get(':name')
  @Permission('things', 'read')
  readThing(@Name('name', 251) name: string): object {
    return { name };
  }

  @Post(':name/acquire')
  @Permission('things', 'acquire')
  @ApiOkResponse({ type: ThingDto })
  @ApiProblems('LOCK_HELD', 'NO_LEADER', 'OVERLOADED')
  acquireThing(
    @Name('name') name: string,
    @Body() body: ThingDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
  ): object {
    return { name, body, idempotency, remainingMs: deadlineMs - performance.now() };
  }

  @Post(':name/release')
  @Permission('things', 'release')
  releaseThing(@Name('name') name: string, @Call() call: RequestCall): object {
    const { deadlineMs, idempotency, client } = call;
    return {
      name,
      idempotency,
      remainingMs: deadlineMs - performance.now(),
      gone: client.gone.aborted,
    };
  }

  @Post(':name/batch')
  @Permission('things', 'batch')
  @BodyLimit(2_097_152)
  batchThings(@Body() body: Record<string, string>): object {
    return { length: body['text']?.length };
  }

  @Put(':name')
  @Permission('things', 'write')
  @RawBody()
  writeThing(@Req() request: FastifyRequest<{ Body: Buffer }>): object {
    const { body, headers } = request;
    return { bytes: body.toString('hex'), type: headers['content-type'] };
  }
}
