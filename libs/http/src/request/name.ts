import { Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { registerDecorator } from 'class-validator';
import { NAME_BYTES_MAX } from '../limits.js';
import { validationFailed } from '../problem/problem-error.js';
import { methodOf } from '../route/route-options.js';

const CONTROL_PATTERN = /\p{Cc}/u;
const UNPAIRED_SURROGATE_PATTERN = /\p{Cs}/u;

/** What is wrong with `value` as a name of a lock, topic, group, cache or key; undefined: nothing. */
export function nameFault(value: unknown, bytesMax = NAME_BYTES_MAX): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  const bytes = Buffer.byteLength(value);
  if (bytes < 1 || bytes > bytesMax) return `must be 1 to ${bytesMax} bytes of UTF-8, not ${bytes}`;
  if (value === '.' || value === '..') return 'must not be . or ..';
  return textFault(value);
}

/** What is wrong with the characters of a text; undefined: nothing. */
export function textFault(value: string): string | undefined {
  if (CONTROL_PATTERN.test(value)) return 'must not contain control characters';
  if (UNPAIRED_SURROGATE_PATTERN.test(value)) return 'must not contain unpaired surrogates';
  return undefined;
}

/**
 * The path parameter `parameter` as a name, decoded: `/` comes as `%2F`.
 *
 * @param bytesMax bytes of UTF-8, for example 251 for topics.
 * @throws ProblemError `VALIDATION_FAILED`, with the parameter as its field.
 */
export function Name(parameter: string, bytesMax = NAME_BYTES_MAX): ParameterDecorator {
  const validate = {
    transform(value: unknown): unknown {
      const message = nameFault(value, bytesMax);
      if (message !== undefined) throw validationFailed([{ field: parameter, message }]);
      return value;
    },
  };
  return (target, key, index) => {
    ApiParam({
      name: parameter,
      description: `1 to ${bytesMax} bytes of UTF-8, no control characters, not . or ..; / is written %2F`,
      schema: { type: 'string', minLength: 1, maxLength: bytesMax },
    })(target, key ?? '', { value: methodOf(target, key) });
    Param(parameter, validate)(target, key, index);
  };
}

/** A name in a body, for class-validator. */
export function IsName(bytesMax = NAME_BYTES_MAX): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isName',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => nameFault(value, bytesMax) === undefined,
        defaultMessage: (validation) => nameFault(validation?.value, bytesMax) ?? 'must be a name',
      },
    });
  };
}
