import { HttpException } from '@nestjs/common';
import { BODY_BYTES_MAX, URI_BYTES_MAX } from '../limits.js';
import { ProblemError, validationFailed } from './problem-error.js';

export const MEDIA_TYPE_DETAIL = 'send Content-Type: application/json (curl --json)';

/**
 * The refusal that an error means. What is not known to be the caller's fault is `INTERNAL`, with
 * the error as its cause.
 */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException) {
    return ofStatus(error.getStatus(), error.message) ?? internal(error);
  }
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    // So say files of the documentation that have odd names; nobody may read them, or could.
    if (error.statusCode === 403)
      return new ProblemError('ROUTE_NOT_FOUND', 'there is no such file');
    const code = 'code' in error ? error.code : undefined;
    return ofFastifyCode(code) ?? ofStatus(error.statusCode, error.message) ?? internal(error);
  }
  return internal(error);
}

function internal(cause: unknown): ProblemError {
  return new ProblemError(
    'INTERNAL',
    'an error in Sinkron; its log has more under the X-Request-Id of this answer',
    { cause },
  );
}

/** Errors of Fastify itself, which are thrown before a handler of ours runs. */
function ofFastifyCode(code: unknown): ProblemError | undefined {
  switch (code) {
    case 'FST_ERR_BAD_URL':
      return badUrl();
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return uriTooLong();
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError('PAYLOAD_TOO_LARGE', 'the body is larger than this route takes');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ProblemError('UNSUPPORTED_MEDIA_TYPE', MEDIA_TYPE_DETAIL);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return validationFailed([
        { field: 'Content-Length', message: 'must be the size of the body' },
      ]);
    default:
      return undefined;
  }
}

/** The refusal of a URL that cannot be decoded. */
export function badUrl(): ProblemError {
  return validationFailed([{ field: 'url', message: 'must be percent-encoded UTF-8' }]);
}

/** The refusal of a URL over the limit. */
export function uriTooLong(): ProblemError {
  return new ProblemError(
    'URI_TOO_LONG',
    `the URL or a name in it is too long; a URL has at most ${URI_BYTES_MAX} bytes`,
  );
}

/** Errors of Nest and of plugins, known by their status only; undefined: not the caller's fault. */
function ofStatus(status: number, message: string): ProblemError | undefined {
  switch (status) {
    case 400:
      return validationFailed([{ field: 'request', message }]);
    case 401:
      return new ProblemError('UNAUTHENTICATED', message);
    case 403:
      return new ProblemError('FORBIDDEN', message);
    case 404:
      return new ProblemError('ROUTE_NOT_FOUND', message);
    case 408:
      return new ProblemError('REQUEST_TIMEOUT', message);
    case 413:
      return new ProblemError(
        'PAYLOAD_TOO_LARGE',
        `the body is larger than ${BODY_BYTES_MAX} bytes or what this route takes`,
      );
    case 415:
      return new ProblemError('UNSUPPORTED_MEDIA_TYPE', MEDIA_TYPE_DETAIL);
    case 429:
      return new ProblemError('RATE_LIMITED', message);
    case 503:
      return new ProblemError('OVERLOADED', message);
    default:
      return undefined;
  }
}
