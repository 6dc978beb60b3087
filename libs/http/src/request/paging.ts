import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NAME_BYTES_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from '../limits.js';
import type { ProblemError } from '../problem/problem-error.js';
import { declareQueryParameters, integerOf, parameterFailed } from './query-parameter.js';

/** The part of a list that the caller asks for. */
export interface PageRequest {
  /** Items at most, 1 to 1,000. */
  readonly limit: number;
  /** The page begins behind this name; undefined: at the start. */
  readonly after: string | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The opaque `nextCursor` of a page that ends with `lastName`. */
export function encodeCursor(lastName: string): string {
  return Buffer.from(lastName).toString('base64url');
}

/**
 * The name behind a cursor.
 *
 * @throws ProblemError `VALIDATION_FAILED` when `encodeCursor` cannot have made it.
 */
export function decodeCursor(cursor: unknown): string {
  if (typeof cursor !== 'string') throw cursorFailed();
  const bytes = Buffer.from(cursor, 'base64url');
  const canonical = bytes.toString('base64url') === cursor;
  if (canonical && bytes.length >= 1 && bytes.length <= NAME_BYTES_MAX) {
    try {
      return utf8.decode(bytes);
    } catch {
      // Refused below, like everything else that is no cursor.
    }
  }
  throw cursorFailed();
}

function cursorFailed(): ProblemError {
  return parameterFailed('cursor', 'must be the nextCursor of an earlier answer');
}

const readPage = createParamDecorator((_data: unknown, context: ExecutionContext): PageRequest => {
  const { query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: object }>>();
  const { limit, cursor } = query as Readonly<Record<string, unknown>>;
  return {
    limit:
      limit === undefined
        ? PAGE_LIMIT_DEFAULT
        : integerOf('limit', limit, { min: 1, max: PAGE_LIMIT_MAX }),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
});

/** The page of a list that the caller asks for, a `PageRequest`. */
export function Paging(): ParameterDecorator {
  return (target, key, index) => {
    declareQueryParameters(target, key, [
      {
        name: 'limit',
        required: false,
        schema: {
          type: 'integer',
          minimum: 1,
          maximum: PAGE_LIMIT_MAX,
          default: PAGE_LIMIT_DEFAULT,
        },
      },
      {
        name: 'cursor',
        required: false,
        description: 'The nextCursor of the page before',
        schema: { type: 'string' },
      },
    ]);
    readPage()(target, key, index);
  };
}
