import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX, TIMEOUT_MS_MIN } from '../limits.js';
import { methodOf } from '../route/route-options.js';
import { integerOf } from './query-parameter.js';

const HEADER = 'X-Timeout-Ms';

/**
 * When the caller stops waiting, counted from `nowMs`.
 *
 * @param sent the header as it came, if it came.
 * @returns milliseconds on the clock of `nowMs`.
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function deadlineOf(sent: unknown, nowMs: number): number {
  if (sent === undefined) return nowMs + TIMEOUT_MS_DEFAULT;
  return nowMs + integerOf(HEADER, sent, { min: TIMEOUT_MS_MIN, max: TIMEOUT_MS_MAX });
}

const readDeadline = createParamDecorator((_data: unknown, context: ExecutionContext): number => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return deadlineOf(request.headers['x-timeout-ms'], performance.now());
});

/** When the caller stops waiting: milliseconds as `performance.now()` counts them. */
export function Deadline(): ParameterDecorator {
  return (target, key, index) => {
    documentDeadline(target, key);
    readDeadline()(target, key, index);
  };
}

/** Tells the OpenAPI document that the route reads the header. */
export function documentDeadline(target: object, key: string | symbol | undefined): void {
  ApiHeader({
    name: HEADER,
    required: false,
    description: 'How long the caller waits for an answer, in milliseconds',
    schema: {
      type: 'integer',
      minimum: TIMEOUT_MS_MIN,
      maximum: TIMEOUT_MS_MAX,
      default: TIMEOUT_MS_DEFAULT,
    },
  })(target, key ?? '', { value: methodOf(target, key) });
}
