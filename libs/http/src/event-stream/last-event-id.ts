import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { methodOf } from '../route/route-options.js';

const HEADER = 'Last-Event-ID';

const readLastEventId = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const sent = headers['last-event-id'];
    // An empty id is none (WHATWG HTML §9.2.4).
    return typeof sent === 'string' && sent !== '' ? sent : undefined;
  },
);

/** The id of the last event that a reader has seen, as it sent it; undefined for a new reader. */
export function LastEventId(): ParameterDecorator {
  return (target, key, index) => {
    ApiHeader({
      name: HEADER,
      required: false,
      description:
        'The id of the last event seen: the stream goes on behind it. When that one is no longer remembered, `reset` comes first.',
      schema: { type: 'string' },
    })(target, key ?? '', { value: methodOf(target, key) });
    readLastEventId()(target, key, index);
  };
}
