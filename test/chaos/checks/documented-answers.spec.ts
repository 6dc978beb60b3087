import type { Call, TryResult } from '../clients/calls/call.js';
import { getLock } from '../clients/locks/lock-requests.js';
import { checkAnswers, DocumentedAnswers } from './documented-answers.js';

const problem = (...codes: readonly string[]): object => ({
  content: {
    'application/problem+json': {
      examples: Object.fromEntries(codes.map((code) => [code, {}])),
    },
  },
});

const DOCUMENT = {
  paths: {
    '/v1/locks/{name}': {
      get: {
        operationId: 'getLock',
        responses: {
          200: { content: {} },
          404: problem('LOCK_NOT_FOUND'),
          500: problem('INTERNAL'),
          503: problem('NO_LEADER', 'NO_QUORUM'),
        },
      },
    },
  },
};

function call(status: number, code: string | null): Call {
  const result: TryResult = { kind: 'answered', status, code, body: { code }, replayed: false };
  return {
    client: 'client',
    request: getLock('lock'),
    idempotencyKey: null,
    tries: [{ node: 'node1', sentAt: 0, endedAt: 1, result }],
    invokedAt: 0,
    returnedAt: 1,
    outcome: { kind: 'answered', status, code, body: null },
  };
}

describe('checkAnswers', () => {
  const documented = new DocumentedAnswers(DOCUMENT);

  it('takes what the document has', () => {
    const calls = [call(200, null), call(404, 'LOCK_NOT_FOUND'), call(503, 'NO_QUORUM')];
    expect(checkAnswers(calls, documented)).toMatchObject({ seen: '3 answers', violations: [] });
  });

  it('finds other statuses, other codes, and errors in the server though they are documented', () => {
    const calls = [call(409, 'LOCK_HELD'), call(503, 'OVERLOADED'), call(500, 'INTERNAL')];
    expect(checkAnswers([...calls, call(500, 'INTERNAL')], documented).violations).toEqual([
      '1 times getLock at node1: 409 LOCK_HELD {"code":"LOCK_HELD"}',
      '1 times getLock at node1: 503 OVERLOADED {"code":"OVERLOADED"}',
      '2 times getLock at node1: 500 INTERNAL {"code":"INTERNAL"}',
    ]);
  });

  it('takes the timeout that the server itself answers, for any operation, and no other 408', () => {
    expect(checkAnswers([call(408, 'REQUEST_TIMEOUT')], documented).violations).toEqual([]);
    expect(checkAnswers([call(408, 'LOCK_HELD')], documented).violations).toHaveLength(1);
  });

  it('takes nothing when there is no document', () => {
    expect(checkAnswers([call(200, null)], new DocumentedAnswers(null)).violations).toHaveLength(1);
  });
});
