import { Query, type PipeTransform } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { NAME_BYTES_MAX } from '../limits.js';
import { validationFailed, type ProblemError } from '../problem/problem-error.js';
import { extendRouteOptions, methodOf } from '../route/route-options.js';
import { nameFault, textFault } from './name.js';

type QuerySchema = Parameters<typeof ApiQuery>[0] & { readonly name: string };

/** Makes query parameters known to their route, which refuses all others, and documents them. */
export function declareQueryParameters(
  target: object,
  key: string | symbol | undefined,
  documents: readonly QuerySchema[],
): void {
  const method = methodOf(target, key);
  extendRouteOptions(method, { queryParameters: documents.map(({ name }) => name) });
  for (const document of documents) ApiQuery(document)(target, key ?? '', { value: method });
}

function queryParameter(document: QuerySchema, pipe: PipeTransform): ParameterDecorator {
  return (target, key, index) => {
    declareQueryParameters(target, key, [document]);
    Query(document.name, pipe)(target, key, index);
  };
}

/** The refusal of one query parameter or header. */
export function parameterFailed(field: string, message: string): ProblemError {
  return validationFailed([{ field, message }]);
}

/**
 * Reads a decimal integer as it stands in a URL or header: digits only.
 *
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function integerOf(
  field: string,
  text: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw parameterFailed(field, `must be an integer from ${min} to ${max}`);
}

/** A query parameter that is an integer; its fallback, or undefined, when it is not given. */
export function QueryInteger(
  name: string,
  options: { readonly min: number; readonly max: number; readonly fallback?: number },
): ParameterDecorator {
  const { min, max, fallback } = options;
  return queryParameter(
    {
      name,
      required: false,
      schema: {
        type: 'integer',
        minimum: min,
        maximum: max,
        ...(fallback === undefined ? {} : { default: fallback }),
      },
    },
    { transform: (text) => (text === undefined ? fallback : integerOf(name, text, { min, max })) },
  );
}

/** A query parameter that is one of some words; its fallback, or undefined, when not given. */
export function QueryChoice(
  name: string,
  choices: readonly string[],
  fallback?: string,
): ParameterDecorator {
  return queryParameter(
    {
      name,
      required: false,
      schema: {
        type: 'string',
        enum: [...choices],
        ...(fallback === undefined ? {} : { default: fallback }),
      },
    },
    {
      transform: (text: unknown) => {
        if (text === undefined) return fallback;
        if (typeof text === 'string' && choices.includes(text)) return text;
        throw parameterFailed(name, `must be one of ${choices.join(', ')}`);
      },
    },
  );
}

/** A query parameter that is a text, such as a prefix of names; undefined when not given. */
export function QueryText(name: string, bytesMax = NAME_BYTES_MAX): ParameterDecorator {
  return queryParameter(
    { name, required: false, schema: { type: 'string', maxLength: bytesMax } },
    {
      transform: (text: unknown) => {
        if (text === undefined) return undefined;
        if (typeof text !== 'string') throw parameterFailed(name, 'must be a string');
        if (Buffer.byteLength(text) > bytesMax) {
          throw parameterFailed(name, `must be at most ${bytesMax} bytes of UTF-8`);
        }
        const message = textFault(text);
        if (message !== undefined) throw parameterFailed(name, message);
        return text;
      },
    },
  );
}

/** A query parameter that is a name, as in a path: not empty; undefined when not given. */
export function QueryName(name: string, bytesMax = NAME_BYTES_MAX): ParameterDecorator {
  return queryParameter(
    { name, required: false, schema: { type: 'string', minLength: 1, maxLength: bytesMax } },
    {
      transform: (text: unknown) => {
        if (text === undefined) return undefined;
        const message = nameFault(text, bytesMax);
        if (message !== undefined) throw parameterFailed(name, message);
        return text;
      },
    },
  );
}

const READ_CONSISTENCIES = ['linearizable', 'stale'] as const;

/** How fresh a read must be: `linearizable` sees every write answered before it began. */
export type ReadConsistency = (typeof READ_CONSISTENCIES)[number];

export const CONSISTENCY_MESSAGE = `must be one of ${READ_CONSISTENCIES.join(', ')}`;

export function isReadConsistency(value: unknown): value is ReadConsistency {
  return READ_CONSISTENCIES.some((consistency) => consistency === value);
}

/** The `consistency` that the caller of a GET asks for. */
export function Consistency(): ParameterDecorator {
  return QueryChoice('consistency', READ_CONSISTENCIES, 'linearizable');
}
