import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from '../limits.js';
import { methodOf } from '../route/route-options.js';
import { VISIBLE_ASCII_PATTERN } from '../server/request-id.js';
import { canonicalJson } from './canonical-json.js';
import { parameterFailed } from './query-parameter.js';

/** A request that may be sent again, and what tells its repetition from another request. */
export interface IdempotentRequest {
  /** The caller's key, 1 to 128 visible ASCII characters. */
  readonly key: string;
  /** SHA-256, in hexadecimal, of the body: canonical JSON, or the bytes of a raw body. */
  readonly fingerprint: string;
  readonly method: string;
  /** As sent, percent-encoded and without query. */
  readonly path: string;
}

const HEADER = 'Idempotency-Key';

/**
 * Reads the `Idempotency-Key` of a request.
 *
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function idempotencyKeyOf(
  request: Pick<FastifyRequest, 'headers' | 'method' | 'url' | 'body'>,
): IdempotentRequest | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (
    typeof key !== 'string' ||
    key.length > IDEMPOTENCY_KEY_LENGTH_MAX ||
    !VISIBLE_ASCII_PATTERN.test(key)
  ) {
    throw parameterFailed(
      HEADER,
      `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`,
    );
  }
  const body = Buffer.isBuffer(request.body) ? request.body : canonicalJson(request.body);
  const [path = ''] = request.url.split('?', 1);
  return {
    key,
    fingerprint: createHash('sha256').update(body).digest('hex'),
    method: request.method,
    path,
  };
}

const readIdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The `IdempotentRequest` that the caller declares this request to be; undefined without a key. */
export function IdempotencyKey(): ParameterDecorator {
  return (target, key, index) => {
    documentIdempotencyKey(target, key);
    readIdempotencyKey()(target, key, index);
  };
}

/** Tells the OpenAPI document that the route reads the header. */
export function documentIdempotencyKey(target: object, key: string | symbol | undefined): void {
  ApiHeader({
    name: HEADER,
    required: false,
    description: 'Repeats within 10 minutes get the first answer, with Idempotency-Replayed: true',
    schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_LENGTH_MAX },
  })(target, key ?? '', { value: methodOf(target, key) });
}
