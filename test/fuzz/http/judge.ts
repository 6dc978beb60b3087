import type { ApiDocument, DocumentedAnswer } from '../document/api-document.js';
import { schemaFaults } from '../document/schema-faults.js';
import type { Expectation } from '../cases/request-case.js';
import type { WireAnswer } from '../wire/answer-reader.js';
import { headerValues, type HttpRequest } from '../wire/http-request.js';

/** What every request may be answered, whether the document names it for the operation or not. */
const GENERAL_CODES: Readonly<Record<string, number>> = {
  VALIDATION_FAILED: 400,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  HEADERS_TOO_LARGE: 431,
};

/** Refusals of a request that is not what it must be. */
const REFUSALS: ReadonlySet<string> = new Set(Object.keys(GENERAL_CODES));

/** Swagger UI and the document itself, which are not in the document. */
const DOCUMENTATION_PATTERN = /^\/docs(-json)?(\/|\?|$)/;

const REQUEST_ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

/** An answer with the request that it belongs to. */
export interface Judged {
  readonly request: HttpRequest;
  readonly answer: WireAnswer;
  readonly nodeId: string;
  readonly expectation: Expectation;
}

/** What an answer's body says, parsed as its content type tells; undefined without one. */
export function bodyOf({ headers, body }: WireAnswer): unknown {
  if (body.length === 0) return undefined;
  const type = headers.get('content-type')?.[0] ?? '';
  return /^application\/(problem\+)?json\b/.test(type)
    ? JSON.parse(body.toString())
    : body.toString();
}

/** The code of a problem; undefined for any other answer. */
export function codeOf(answer: WireAnswer): string | undefined {
  const body = bodyOf(answer);
  if (answer.status < 400 || typeof body !== 'object' || body === null) return undefined;
  return 'code' in body && typeof body.code === 'string' ? body.code : undefined;
}

/** Status and code, for people. */
export function resultOf(answer: WireAnswer): string {
  return `${answer.status} ${codeOf(answer) ?? ''}`.trim();
}

/** What is wrong with an answer, by the document and the general part of the contract. */
export class Judge {
  constructor(private readonly document: ApiDocument) {}

  faults(judged: Judged): readonly string[] {
    try {
      return [
        ...faultsOfHeaders(judged),
        ...this.faultsOfContent(judged),
        ...faultsOfExpectation(judged),
      ];
    } catch (error) {
      return [`the answer cannot be read: ${String(error)}`];
    }
  }

  /** What is wrong with an answer to bytes that may be a request of any operation, or of none. */
  faultsOfAny(answer: WireAnswer, nodeId: string): readonly string[] {
    const operations = this.document.operations.filter(({ answers }) => answers.has(answer.status));
    const candidates = operations.map(({ method, path }) =>
      this.faults({
        request: { method, target: path, version: '', headers: [], body: Buffer.alloc(0) },
        answer,
        nodeId,
        expectation: { kind: 'any' },
      }),
    );
    const unknown = { method: '', target: '', version: '', headers: [], body: Buffer.alloc(0) };
    const general = this.faults({ request: unknown, answer, nodeId, expectation: { kind: 'any' } });
    return [general, ...candidates].find(({ length }) => length === 0) ?? general;
  }

  private faultsOfContent({ request, answer }: Judged): readonly string[] {
    const { status } = answer;
    if (status >= 500 && status !== 503 && status !== 504 && status !== 507) {
      return [`status ${status}: ${answer.body.toString().slice(0, 300)}`];
    }
    const { method, target } = request;
    const documented = this.document.operationOf(method, target)?.answers.get(status);
    // Terminus answers a red readiness with its own body.
    if (status >= 400 && documented?.mediaType !== 'application/json') {
      return faultsOfProblem(request, answer, documented);
    }
    if (DOCUMENTATION_PATTERN.test(target.replace(/^http:\/\/fuzz/, ''))) return [];
    if (method === 'OPTIONS' && status === 204) {
      return answer.headers.has('allow') ? [] : ['OPTIONS without Allow'];
    }
    if (documented === undefined) return [`status ${status} is not documented`];
    if (method === 'HEAD') return [];
    return this.faultsOfSuccess(answer, documented);
  }

  private faultsOfSuccess(answer: WireAnswer, documented: DocumentedAnswer): readonly string[] {
    const type = answer.headers.get('content-type')?.[0];
    if (documented.mediaType === null) {
      return answer.body.length === 0 ? [] : ['a body where none is documented'];
    }
    if (type?.split(';')[0] !== documented.mediaType) return [`content-type ${type}`];
    if (answer.endless || documented.schema === null) return [];
    return schemaFaults(this.document, documented.schema, bodyOf(answer));
  }
}

function faultsOfHeaders({ request, answer, nodeId }: Judged): readonly string[] {
  const faults: string[] = [];
  const [id, ...moreIds] = answer.headers.get('x-request-id') ?? [];
  if (id === undefined || moreIds.length > 0 || !REQUEST_ID_PATTERN.test(id)) {
    faults.push(`x-request-id ${id}`);
  }
  const sent = headerValues(request, 'x-request-id');
  const wasRead = answer.status !== 400 && answer.status !== 431;
  if (wasRead && sent.length === 1 && REQUEST_ID_PATTERN.test(sent[0] ?? '') && id !== sent[0]) {
    faults.push(`x-request-id ${id} where ${sent[0]} was sent`);
  }
  const nodes = answer.headers.get('x-sinkron-node') ?? [];
  if (nodes.length !== 1 || nodes[0] !== nodeId) faults.push(`x-sinkron-node ${nodes.join()}`);
  return faults;
}

function faultsOfProblem(
  { method }: HttpRequest,
  answer: WireAnswer,
  documented: DocumentedAnswer | undefined,
): readonly string[] {
  const { status, headers } = answer;
  const type = headers.get('content-type')?.join();
  if (type !== 'application/problem+json') return [`a problem with the content-type ${type}`];
  if (method === 'HEAD' && answer.body.length === 0) return [];
  const body = bodyOf(answer);
  if (typeof body !== 'object' || body === null) return ['a problem that is no object'];
  const problem = body as Readonly<Record<string, unknown>>;
  const { code, detail, title } = problem;
  const faults: string[] = [];
  if (typeof code !== 'string') return [`a problem with the code ${String(code)}`];
  if (!(documented?.codes.includes(code) ?? false) && GENERAL_CODES[code] !== status) {
    faults.push(`status ${status} with the code ${code} is not documented`);
  }
  if (problem['status'] !== status)
    faults.push(`the problem's status is ${String(problem['status'])}`);
  if (problem['type'] !== `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`) {
    faults.push(`the problem's type is ${String(problem['type'])}`);
  }
  if (typeof title !== 'string' || title === '') faults.push('a problem without a title');
  if (typeof detail !== 'string' || detail === '') faults.push('a problem without a detail');
  if (/node_modules|\.[jt]s:\d|\bat [A-Z]\w+\./.test(JSON.stringify(problem))) {
    faults.push('a problem with a stack trace');
  }
  if (code === 'VALIDATION_FAILED' && !isErrorList(problem['errors'])) {
    faults.push('VALIDATION_FAILED without errors');
  }
  if (
    (status === 429 || status === 503) &&
    !/^[1-9]\d*$/.test(headers.get('retry-after')?.[0] ?? '')
  ) {
    faults.push(`status ${status} without Retry-After`);
  }
  if (status === 405 && !headers.has('allow')) faults.push('status 405 without Allow');
  return faults;
}

function isErrorList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (item: unknown) =>
        typeof item === 'object' &&
        item !== null &&
        'field' in item &&
        typeof item.field === 'string' &&
        'message' in item &&
        typeof item.message === 'string',
    )
  );
}

function faultsOfExpectation({ answer, expectation }: Judged): readonly string[] {
  const code = codeOf(answer);
  const got = resultOf(answer);
  switch (expectation.kind) {
    case 'any':
      return [];
    case 'valid':
      return code !== undefined && REFUSALS.has(code)
        ? [`a valid request was refused: ${got} ${answer.body.toString().slice(0, 300)}`]
        : [];
    case 'refused':
      return code === expectation.code ? [] : [`${got} where ${expectation.code} belongs`];
  }
}
