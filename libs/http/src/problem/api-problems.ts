import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemError } from './problem-error.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

/** One wrong field, for the OpenAPI document. */
export class FieldErrorDocument {
  @ApiProperty({ type: String, example: 'messages[3].priority' })
  readonly field!: string;

  @ApiProperty({ type: String, example: 'must be an integer from 0 to 9' })
  readonly message!: string;
}

/** Problem details, for the OpenAPI document. */
export class ProblemDocument {
  @ApiProperty({
    type: String,
    description: 'Names the problem',
    example: 'urn:sinkron:problem:lock-held',
  })
  readonly type!: string;

  @ApiProperty({ type: String, description: 'For people, the same for every such problem' })
  readonly title!: string;

  @ApiProperty({ type: Number, description: 'The HTTP status' })
  readonly status!: number;

  @ApiProperty({
    enum: Object.keys(PROBLEMS),
    enumName: 'ProblemCode',
    description: 'For programs',
  })
  readonly code!: ProblemCode;

  @ApiProperty({ type: String, description: 'For people: what happened this time' })
  readonly detail!: string;

  @ApiProperty({
    type: [FieldErrorDocument],
    required: false,
    description: 'The wrong fields, with VALIDATION_FAILED',
  })
  readonly errors?: readonly FieldErrorDocument[];
}

/** Members of examples, for the codes that have some. */
const EXAMPLE_MEMBERS: { readonly [Code in ProblemCode]?: Readonly<Record<string, unknown>> } = {
  VALIDATION_FAILED: {
    errors: [{ field: 'ttlMs', message: 'must be an integer from 100 to 86400000' }],
  },
  LOCK_HELD: {
    name: 'orders/42',
    holders: [{ owner: 'worker-1', token: 41, holds: 1, sessionId: null }],
    queueLength: 0,
  },
  LOCK_WAIT_TIMEOUT: { waitedMs: 10_000 },
  NOT_HOLDER: { name: 'orders/42' },
  DEADLOCK: {
    cycle: [
      { owner: 'worker-1', waitsFor: 'worker-2', lock: 'b' },
      { owner: 'worker-2', waitsFor: 'worker-1', lock: 'a' },
    ],
  },
  VERSION_MISMATCH: { currentVersion: 7 },
};

/**
 * Documents the refusals of a route, grouped by status, each with an example. `VALIDATION_FAILED`
 * and `INTERNAL` are there for every route and need not be named.
 */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set<ProblemCode>(['VALIDATION_FAILED', ...codes, 'INTERNAL'])) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ApiExtraModels(ProblemDocument),
    ...[...byStatus].map(([status, group]) =>
      ApiResponse({ status, ...responseOf(status, group) }),
    ),
  );
}

function responseOf(status: number, codes: readonly ProblemCode[]) {
  const retries = status === 429 || status === 503;
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
    ...(retries
      ? {
          headers: {
            'Retry-After': { description: 'Seconds', schema: { type: 'integer' as const } },
          },
        }
      : {}),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDocument) },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

function exampleOf(code: ProblemCode) {
  return new ProblemError(code, PROBLEMS[code].title.toLowerCase(), {
    members: EXAMPLE_MEMBERS[code] ?? {},
  }).details();
}
