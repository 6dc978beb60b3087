import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import { Permission } from '../route/route-decorators.js';

/** The route of Prometheus; its path is given by `PrometheusModule.register`. */
@ApiTags('operation')
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @Permission('metrics', 'read')
  @ApiOperation({ operationId: 'readMetrics', summary: 'Metrics in the text format of Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'Names begin with `sinkron_` besides the defaults of the process',
    schema: { type: 'string', example: 'sinkron_raft_term{group="coordination"} 3' },
  })
  override index(@Res({ passthrough: true }) response: unknown): Promise<string> {
    return super.index(response);
  }
}
