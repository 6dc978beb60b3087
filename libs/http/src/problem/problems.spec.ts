import type { ArgumentsHost } from '@nestjs/common';
import { InvariantViolation } from '@sinkron/invariant';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { startHttpApplication } from '../testing/http-application.js';
import { ProblemFilter } from './problem.filter.js';
import { PROBLEMS } from './problems.js';

/** Every code of the contract. */
const CONTRACT: Readonly<Record<number, readonly string[]>> = {
  400: ['VALIDATION_FAILED'],
  401: ['UNAUTHENTICATED'],
  403: ['FORBIDDEN', 'FAULT_INJECTION_DISABLED'],
  404: [
    'LOCK_NOT_FOUND',
    'SESSION_NOT_FOUND',
    'TOPIC_NOT_FOUND',
    'GROUP_NOT_FOUND',
    'MESSAGE_NOT_FOUND',
    'CACHE_NOT_FOUND',
    'KEY_NOT_FOUND',
    'ENTRY_NOT_FOUND',
    'MEMBER_NOT_FOUND',
    'RAFT_GROUP_NOT_FOUND',
    'ROUTE_NOT_FOUND',
  ],
  405: ['METHOD_NOT_ALLOWED'],
  408: ['REQUEST_TIMEOUT'],
  409: [
    'LOCK_HELD',
    'LOCK_WAIT_TIMEOUT',
    'DEADLOCK',
    'NOT_HOLDER',
    'CONFIGURATION_CONFLICT',
    'MEMBERSHIP_REFUSED',
    'REQUEST_REPLAYED',
  ],
  412: ['VERSION_MISMATCH'],
  413: ['PAYLOAD_TOO_LARGE'],
  414: ['URI_TOO_LONG'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  422: ['IDEMPOTENCY_KEY_REUSED', 'SIGNATURE_INVALID'],
  429: ['QUEUE_FULL', 'RATE_LIMITED'],
  431: ['HEADERS_TOO_LARGE'],
  500: ['INTERNAL'],
  503: [
    'NO_LEADER',
    'OVERLOADED',
    'SHUTTING_DOWN',
    'STORE_UNAVAILABLE',
    'LEASE_LOST',
    'ROLE_ABSENT',
    'NO_QUORUM',
    'LEDGER_TOO_SMALL',
  ],
  504: ['OUTCOME_UNKNOWN'],
  507: ['STORAGE_FULL'],
};

describe('Problems', () => {
  let app: NestFastifyApplication;
  const logged: unknown[][] = [];
  const server = () => request(app.getHttpServer());

  beforeAll(async () => {
    const ignore = (): void => {};
    const error = (...parts: unknown[]): void => void logged.push(parts);
    ({ app } = await startHttpApplication({ logger: { log: ignore, warn: ignore, error } }));
  });

  beforeEach(() => {
    logged.length = 0;
  });

  afterAll(() => app.close());

  it('are those of the contract', () => {
    const codes: Record<number, string[]> = {};
    for (const [code, { status }] of Object.entries(PROBLEMS)) (codes[status] ??= []).push(code);
    expect(codes).toEqual(CONTRACT);
  });

  it.each(Object.entries(PROBLEMS))('%s is answered as thrown', async (code, { status, title }) => {
    const response = await server().post('/v1/things/refused').send({ code });
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.headers['retry-after']).toBe([429, 503].includes(status) ? '1' : undefined);
    expect(response.body).toEqual({
      type: `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title,
      status,
      code,
      detail: 'as asked',
      asked: true,
    });
  });

  it('may say themselves when to try again', async () => {
    const response = await server()
      .post('/v1/things/refused')
      .send({ code: 'QUEUE_FULL', retryAfter: '7' });
    expect(response.headers['retry-after']).toBe('7');
  });

  it('hide an unknown error, which is logged with the request id', async () => {
    const response = await server().get('/v1/things/broken').set('x-request-id', 'seven');
    expect(response.status).toBe(500);
    expect(response.headers['x-request-id']).toBe('seven');
    expect(response.headers['x-sinkron-node']).toBe('node1');
    expect(response.body).toEqual({
      type: 'urn:sinkron:problem:internal',
      title: 'An error in Sinkron',
      status: 500,
      code: 'INTERNAL',
      detail: 'an error in Sinkron; its log has more under the X-Request-Id of this answer',
    });
    expect(logged).toEqual([
      [
        'request failed',
        {
          requestId: 'seven',
          method: 'GET',
          route: '/v1/things/broken',
          error: new Error('the secret of the database'),
        },
        'Http',
      ],
    ]);
  });

  it('hide an HTTP status that the contract does not have', async () => {
    const response = await server().get('/v1/things/teapot');
    expect([response.status, response.body.code]).toEqual([500, 'INTERNAL']);
    expect(logged).toHaveLength(1);
  });

  it('are not logged when they are the caller’s', async () => {
    await server().post('/v1/things/refused').send({ code: 'LOCK_HELD' });
    await server().get('/nowhere');
    expect(logged).toEqual([]);
  });

  it('end the node when an invariant broke, after the answer', () => {
    const steps: unknown[] = [];
    const reply = {
      raw: {},
      code: (status: number) => (steps.push(status), reply),
      headers: () => reply,
      type: () => reply,
      send: () => (steps.push('sent'), reply),
    };
    const violation = new InvariantViolation('Test: 1 = 2', {});
    const host = {
      switchToHttp: () => ({
        getRequest: () => ({ id: 'r', method: 'GET', routeOptions: { url: '/x' } }),
        getResponse: () => reply,
      }),
    };
    new ProblemFilter((broken) => steps.push(broken)).catch(
      violation,
      host as unknown as ArgumentsHost,
    );
    expect(steps).toEqual([500, 'sent', violation]);
  });
});
