import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  Consistency,
  Deadline,
  Permission,
  type ReadConsistency,
} from '@sinkron/http';
import { WaitForGraphAnswer } from '../dto/lock-answers.js';
import { waitForGraph } from '../lock-answers.js';
import { LocksService } from '../locks.service.js';
import { READ_PROBLEMS } from './route-problems.js';

/** Who waits for whom. */
@ApiTags('locks')
@Controller('v1/wait-for-graph')
export class WaitForGraphController {
  constructor(private readonly locks: LocksService) {}

  @Get()
  @Permission('locks', 'read')
  @ApiOperation({
    operationId: 'getWaitForGraph',
    summary: 'See who waits for whom',
    description:
      'An edge goes from a waiting owner to each holder, and to each earlier request, that is ' +
      'next in its way. There is never a cycle.',
  })
  @ApiOkResponse({ type: WaitForGraphAnswer })
  @ApiProblems(...READ_PROBLEMS)
  async getWaitForGraph(
    @Consistency() consistency: ReadConsistency,
    @Deadline() deadlineMs: number,
  ): Promise<WaitForGraphAnswer> {
    return waitForGraph(await this.locks.graph({ deadlineMs, consistency }));
  }
}
