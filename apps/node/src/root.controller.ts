import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { Permission } from '@sinkron/http';
import { VERSION } from './version.js';

class RootView {
  @ApiProperty({ example: 'sinkron' })
  name!: string;

  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ example: 'node1' })
  nodeId!: string;

  @ApiProperty({ type: [String], example: ['locks', 'queues', 'caches', 'ledger'] })
  roles!: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { docs: '/docs', cluster: '/v1/cluster' },
  })
  links!: Record<string, string>;
}

@ApiTags('node')
@Controller()
export class RootController {
  constructor(@Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration) {}

  @Get()
  @Permission('node', 'read')
  @ApiOperation({ summary: 'What this node is, and where to go from here' })
  @ApiOkResponse({ type: RootView })
  describeNode(): RootView {
    const { nodeId, roles } = this.configuration;
    return {
      name: 'sinkron',
      version: VERSION,
      nodeId,
      roles: [...roles],
      links: {
        docs: '/docs',
        openapi: '/docs-json',
        cluster: '/v1/cluster',
        locks: '/v1/locks',
        live: '/health/live',
        ready: '/health/ready',
        metrics: '/metrics',
      },
    };
  }
}
