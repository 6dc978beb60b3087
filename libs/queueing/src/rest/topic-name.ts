import { Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { nameFault, validationFailed } from '@sinkron/http';
import { NAME_BYTES_MAX, TOPIC_NAME_BYTES_MAX } from '../core/limits.js';

const DEAD_LETTERS = '.dead';

/**
 * The path parameter `topic`: a name of at most 251 bytes, or that of the dead-letter topic of one.
 *
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function TopicName(): ParameterDecorator {
  const validate = {
    transform(value: unknown): unknown {
      const message = topicNameFault(value);
      if (message !== undefined) throw validationFailed([{ field: 'topic', message }]);
      return value;
    },
  };
  return (target, key, index) => {
    ApiParam({
      name: 'topic',
      description:
        `1 to ${TOPIC_NAME_BYTES_MAX} bytes of UTF-8, ${NAME_BYTES_MAX} with ${DEAD_LETTERS} at the ` +
        'end, no control characters, not . or ..; / is written %2F',
      schema: { type: 'string', minLength: 1, maxLength: TOPIC_NAME_BYTES_MAX },
    })(target, key ?? '', { value: key === undefined ? undefined : Reflect.get(target, key) });
    Param('topic', validate)(target, key, index);
  };
}

/** What is wrong with a value as the name of a topic; undefined: nothing. */
export function topicNameFault(value: unknown): string | undefined {
  const isDead = typeof value === 'string' && value.endsWith(DEAD_LETTERS);
  return nameFault(value, isDead ? NAME_BYTES_MAX : TOPIC_NAME_BYTES_MAX);
}
