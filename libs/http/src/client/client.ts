import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestConnection, type ClientConnection } from './client-connection.js';

const readClient = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const reply = http.getResponse<FastifyReply>();
  return new RequestConnection(request.raw, reply.raw) satisfies ClientConnection;
});

/** The `ClientConnection` of a request: tells a handler that waits when nobody waits for it. */
export function Client(): ParameterDecorator {
  return readClient();
}
