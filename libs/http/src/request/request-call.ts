import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestConnection, type ClientConnection } from '../client/client-connection.js';
import { deadlineOf, documentDeadline } from './deadline.js';
import {
  documentIdempotencyKey,
  idempotencyKeyOf,
  type IdempotentRequest,
} from './idempotency-key.js';

/** What a change over REST says besides its content. */
export interface RequestCall {
  /** When the caller stops waiting: milliseconds as `performance.now()` counts them. */
  readonly deadlineMs: number;
  readonly idempotency: IdempotentRequest | undefined;
  /** Tells when nobody waits for the answer any more. */
  readonly client: ClientConnection;
}

const readCall = createParamDecorator((_data: unknown, context: ExecutionContext): RequestCall => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const reply = http.getResponse<FastifyReply>();
  return {
    deadlineMs: deadlineOf(request.headers['x-timeout-ms'], performance.now()),
    idempotency: idempotencyKeyOf(request),
    client: new RequestConnection(request.raw, reply.raw),
  };
});

/**
 * `Deadline`, `IdempotencyKey` and `Client` in one, for routes that are called often: Nest makes ten
 * promises for each parameter.
 */
export function Call(): ParameterDecorator {
  return (target, key, index) => {
    documentIdempotencyKey(target, key);
    documentDeadline(target, key);
    readCall()(target, key, index);
  };
}
