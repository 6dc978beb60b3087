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

const REPORT_SCHEMA = {
  type: 'object' as const,
  properties: {
    status: { type: 'string' as const, enum: ['ok', 'degraded', 'error', 'shutting_down'] },
    info: { type: 'object' as const, additionalProperties: true },
    error: { type: 'object' as const, additionalProperties: true },
    details: { type: 'object' as const, additionalProperties: true },
  },
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
  @ApiOkResponse({ description: 'It does', schema: REPORT_SCHEMA })
  checkLiveness(): Promise<unknown> {
    return this.health.check([]);
  }

  @Get('ready')
  @Permission('health', 'read')
  @ApiOperation({
    summary: 'Whether the node can serve',
    description: 'It knows the coordination leader, and its replicas have caught up.',
  })
  @ApiOkResponse({ description: 'Every check is up or degraded', schema: REPORT_SCHEMA })
  @ApiServiceUnavailableResponse({ description: 'A check is down', schema: REPORT_SCHEMA })
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
