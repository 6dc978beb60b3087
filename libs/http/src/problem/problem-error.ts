import { FIELD_ERRORS_MAX, FIELD_LENGTH_MAX, RETRY_AFTER_S_DEFAULT } from '../limits.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

/** The body of every refusal: RFC 9457 problem details. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** Members of a problem besides those that every problem has. */
export type ProblemMembers = Readonly<Record<string, unknown>> & {
  readonly [Name in 'type' | 'title' | 'status' | 'code' | 'detail']?: never;
};

/** One wrong field of a request, `field` written like `messages[3].priority`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * A refusal with a code of the contract; thrown anywhere behind a route, it becomes the answer.
 *
 * Refusals with status 429 and 503 always carry `Retry-After`.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  private readonly members: ProblemMembers;

  constructor(
    readonly code: ProblemCode,
    /** One sentence for people: what happened and what to do. */
    readonly detail: string,
    options: {
      readonly members?: ProblemMembers;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.status = PROBLEMS[code].status;
    this.members = options.members ?? {};
    const retries = this.status === 429 || this.status === 503;
    this.headers = {
      ...(retries ? { 'retry-after': String(RETRY_AFTER_S_DEFAULT) } : {}),
      ...options.headers,
    };
  }

  details(): ProblemDetails {
    return {
      type: problemType(this.code),
      title: PROBLEMS[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...this.members,
    };
  }
}

/** The URI that names a problem; a name, not an address. */
export function problemType(code: ProblemCode): string {
  return `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

/** The refusal of a request with these wrong fields, at least one. */
export function validationFailed(errors: readonly FieldError[]): ProblemError {
  const shown = errors.slice(0, FIELD_ERRORS_MAX).map(shortened);
  const [first] = shown;
  const text = first === undefined ? 'the request is not valid' : `${first.field} ${first.message}`;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more, see errors)` : '';
  return new ProblemError('VALIDATION_FAILED', text + rest, {
    members: { errors: shown },
  });
}

function shortened({ field, message }: FieldError): FieldError {
  return field.length <= FIELD_LENGTH_MAX
    ? { field, message }
    : { field: `${field.slice(0, FIELD_LENGTH_MAX)}…`, message };
}
