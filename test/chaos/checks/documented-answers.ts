import { field } from '../clients/calls/answers.js';
import type { Call, OperationId } from '../clients/calls/call.js';
import { found, type Finding } from './check.js';

/** The server's own, before any operation is known: of a node that stood still while a request came. */
const TOO_SLOW = { status: 408, code: 'REQUEST_TIMEOUT' };

/** Statuses and problem codes that the OpenAPI document has for each operation. */
export class DocumentedAnswers {
  private readonly operations = new Map<string, ReadonlyMap<number, ReadonlySet<string>>>();

  /** @param document OpenAPI 3, as a node serves it. */
  constructor(document: unknown) {
    for (const path of values(field(document, 'paths'))) {
      for (const operation of values(path)) {
        const id = field(operation, 'operationId');
        if (typeof id === 'string') this.operations.set(id, answersOf(operation));
      }
    }
  }

  /** @param code null for an answer that is no problem. */
  allows(operation: OperationId, status: number, code: string | null): boolean {
    if (status === TOO_SLOW.status) return code === TOO_SLOW.code;
    const codes = this.operations.get(operation)?.get(status);
    // An error in the server is documented, and a bug.
    if (codes === undefined || status === 500) return false;
    return code === null || codes.has(code);
  }
}

/** Every answer is one that the API's document has. */
export function checkAnswers(calls: readonly Call[], documented: DocumentedAnswers): Finding {
  const counts = new Map<string, number>();
  let answers = 0;
  for (const { request, tries } of calls) {
    for (const { result, node } of tries) {
      if (result.kind !== 'answered') continue;
      answers += 1;
      if (documented.allows(request.operation, result.status, result.code)) continue;
      const text = `${request.operation} at ${node}: ${result.status} ${result.code ?? ''} ${JSON.stringify(result.body)}`;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  const violations = [...counts].map(([text, count]) => `${count} times ${text}`);
  return found(
    'every status and code is documented, and none is 500',
    `${answers} answers`,
    violations,
  );
}

function answersOf(operation: unknown): ReadonlyMap<number, ReadonlySet<string>> {
  const answers = new Map<number, ReadonlySet<string>>();
  const responses = field(operation, 'responses');
  for (const [status, response] of entries(responses)) {
    const problem = field(field(response, 'content'), 'application/problem+json');
    const codes = entries(field(problem, 'examples')).map(([code]) => code);
    answers.set(Number(status), new Set(codes));
  }
  return answers;
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function values(value: unknown): readonly unknown[] {
  return entries(value).map(([, item]) => item);
}
