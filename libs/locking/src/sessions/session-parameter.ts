import { Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { isText } from '../core/fields.js';
import { SESSION_ID_CHARS_MAX } from '../core/limits.js';
import { sessionNotFound } from '../lock-problems.js';

/**
 * The path parameter `id` as a session's id.
 *
 * @throws ProblemError `SESSION_NOT_FOUND` for a text that no session has as its id.
 */
export function SessionId(): ParameterDecorator {
  const limits = { charsMin: 1, charsMax: SESSION_ID_CHARS_MAX };
  const check = {
    transform(value: unknown): unknown {
      if (typeof value === 'string' && isText(value, limits)) return value;
      throw sessionNotFound('of that name');
    },
  };
  return (target, key, index) => {
    ApiParam({
      name: 'id',
      description: 'The sessionId',
      schema: { type: 'string', minLength: 1, maxLength: SESSION_ID_CHARS_MAX },
    })(target, key ?? '', descriptor(target, key));
    Param('id', check)(target, key, index);
  };
}

function descriptor(target: object, key: string | symbol | undefined): PropertyDescriptor {
  return { value: key === undefined ? undefined : Reflect.get(target, key) };
}
