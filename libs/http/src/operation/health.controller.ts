import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { ReadinessRegistry } from '@sinkron/observability';
import type { FastifyReply } from 'fastify';
import { RETRY_AFTER_S_DEFAULT } from '../limits.js';
import { Permission } from '../route/route-decorators.js';

const CHECKS_SCHEMA = {
  type: 'object' as const,
  additionalProperties: {
    type: 'object' as const,
    required: ['status'],
    properties: {
      status: { type: 'string' as const, enum: ['up', 'degraded', 'down'] },
      detail: { type: 'string' as const, description: 'For people.' },
    },
  },
};

/** What Terminus answers: every check under `details`, and under `info` or `error` as well. */
function reportSchema(example: unknown) {
  return {
    type: 'object' as const,
    required: ['status', 'info', 'error', 'details'],
    properties: {
      status: { type: 'string' as const, enum: ['ok', 'degraded', 'error', 'shutting_down'] },
      info: { ...CHECKS_SCHEMA, description: 'The checks that are up or degraded.' },
      error: { ...CHECKS_SCHEMA, description: 'The checks that are down.' },
      details: { ...CHECKS_SCHEMA, description: 'All checks.' },
    },
    example,
  };
}

const LIVE_EXAMPLE = { status: 'ok', info: {}, error: {}, details: {} };

const LEADER_UP = { 'coordination-leader': { status: 'up', detail: 'node1' } };
const OTHERS_UP = { replicas: { status: 'up' }, members: { status: 'up' } };
const MEMBER_DEAD = { members: { status: 'degraded', detail: 'node3 is dead' } };
const LEADER_DOWN = {
  'coordination-leader': {
    status: 'down',
    detail: 'coordination has no leader that this node hears',
  },
};
const BEHIND = { replicas: { status: 'down', detail: 'catching up: coordination' } };

const READY = { ...LEADER_UP, ...OTHERS_UP };
const READY_EXAMPLE = { status: 'ok', info: READY, error: {}, details: READY };
const NOT_READY_EXAMPLE = {
  status: 'error',
  info: MEMBER_DEAD,
  error: { ...LEADER_DOWN, ...BEHIND },
  details: { ...LEADER_DOWN, ...BEHIND, ...MEMBER_DEAD },
};

@ApiTags('operation')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: ReadinessRegistry,
  ) {}

  @Get('live')
  @Permission('health', 'read')
  @ApiOperation({ summary: 'Whether the process runs; restart it when it does not answer' })
  @ApiOkResponse({ description: 'It does', schema: reportSchema(LIVE_EXAMPLE) })
  checkLiveness(): Promise<unknown> {
    return this.health.check([]);
  }

  @Get('ready')
  @Permission('health', 'read')
  @ApiOperation({
    summary: 'Whether the node can serve',
    description:
      'Ready: this node hears the leader of the coordination group, which hears a majority, and its own ' +
      'replicas have caught up. It is not when it has lost the majority. `degraded` (with 200) serves as ' +
      'well, but a member is dead, or a voter is far behind: one failure more may be one too many.',
  })
  @ApiOkResponse({
    description: 'Every check is up or degraded',
    schema: reportSchema(READY_EXAMPLE),
  })
  @ApiServiceUnavailableResponse({
    description: 'A check is down',
    schema: reportSchema(NOT_READY_EXAMPLE),
  })
  async checkReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const checks = [...this.readiness.all().keys()].map((name) => () => this.look(name));
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.code(503).header('retry-after', String(RETRY_AFTER_S_DEFAULT));
      return error.getResponse();
    }
  }

  private look(name: string): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    const readiness = this.readiness.all().get(name)?.();
    const data: Record<string, unknown> = {};
    if (readiness?.detail !== undefined) data['detail'] = readiness.detail;
    switch (readiness?.status) {
      case 'up':
        return indicator.up(data);
      case 'degraded':
        return indicator.degraded(data);
      case 'down':
      case undefined:
        return indicator.down(data);
    }
  }
}
