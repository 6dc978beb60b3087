import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { InvariantViolation } from '@sinkron/invariant';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from './problem-of.js';
import { sendProblem } from './problem-reply.js';

/** Ends the process: a node that broke an invariant must not go on. */
export type StopNode = (violation: InvariantViolation) => void;

/** Thrown outside of any handler, so that nothing catches it and the process ends with its text. */
const throwUncaught: StopNode = (violation) => {
  setImmediate(() => {
    throw violation;
  });
};

/** Turns whatever is thrown behind a route, and by Fastify in front of it, into a problem. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly stopNode: StopNode = throwUncaught) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(exception);
    if (problem.code === 'INTERNAL') {
      this.logger.error('request failed', {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unmatched',
        error: problem.cause ?? problem,
      });
    }
    sendProblem(http.getResponse<FastifyReply>(), problem);
    if (exception instanceof InvariantViolation) this.stopNode(exception);
  }
}
