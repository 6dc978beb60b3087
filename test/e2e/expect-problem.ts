/** An answer as supertest and the raw sockets give it. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Members of a problem that differ from one to the next. */
interface Members {
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** Codes of the contract and their status, written down again: a test of the product's own table. */
const STATUS = {
  VALIDATION_FAILED: 400,
  LOCK_NOT_FOUND: 404,
  MEMBER_NOT_FOUND: 404,
  RAFT_GROUP_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  SESSION_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  DEADLOCK: 409,
  LOCK_HELD: 409,
  LOCK_WAIT_TIMEOUT: 409,
  MEMBERSHIP_REFUSED: 409,
  NOT_HOLDER: 409,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  SHUTTING_DOWN: 503,
} as const;

const REQUEST_ID_PATTERN = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Expects exactly this problem, with what every refusal of node1 carries, and nothing else. */
export function expectProblem(answer: Answer, code: keyof typeof STATUS, members: Members): void {
  const status = STATUS[code];
  expect(answer.body).toEqual({
    type: `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.stringMatching(/^[A-Z].+[^.]$/) as string,
    status,
    code,
    ...members,
  });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['x-sinkron-node']).toBe('node1');
  expect(answer.headers['x-request-id']).toMatch(REQUEST_ID_PATTERN);
  const retries = status === 429 || status === 503;
  expect(answer.headers['retry-after']).toEqual(
    retries ? (expect.stringMatching(/^[1-9]\d*$/) as string) : undefined,
  );
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.js:|\.ts:|\bat [A-Z]/);
}

/** Expects a refusal of these fields, at least one. */
export function expectInvalid(
  answer: Answer,
  ...errors: readonly { readonly field: string; readonly message: string }[]
): void {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see errors)` : '';
  const detail = `${first?.field} ${first?.message}${more}`;
  expectProblem(answer, 'VALIDATION_FAILED', { detail, errors });
}
