import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { routesWithoutPermission } from '@sinkron/http';
import { LocksHttp } from '../testing/locks-http.js';

let http: LocksHttp;

beforeAll(async () => {
  http = await LocksHttp.start({ locks: {} });
});
afterAll(() => http.stop());

it('every route declares its permission', () => {
  const routes = routesWithoutPermission(http.application);
  expect(routes.filter((route) => route.includes('/v1/'))).toEqual([]);
});

describe('the OpenAPI document', () => {
  interface Operation {
    readonly operationId: string;
    readonly responses: Readonly<Record<string, object>>;
  }

  function operations(): readonly (readonly [string, Operation])[] {
    const { paths } = SwaggerModule.createDocument(http.application, new DocumentBuilder().build());
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as unknown as Record<string, Operation>).map(
        ([method, operation]) => [`${method} ${path}`, operation] as const,
      ),
    );
  }

  it('has every call, with the names and answers that readers of the contract expect', () => {
    const command = ['400', '409', '422', '500', '503', '504', '507'];
    const acquire = ['400', '404', '409', '422', '500', '503', '504', '507'];
    const keyed = ['400', '422', '500', '503', '504', '507'];
    const named = ['400', '404', '422', '500', '503', '504', '507'];
    const list = ['200', '400', '500', '503'];
    const one = ['200', '400', '404', '500', '503'];
    expect(
      operations().map(([call, { operationId, responses }]) => [
        call,
        operationId,
        Object.keys(responses),
      ]),
    ).toEqual([
      ['post /v1/locks/{name}/acquire', 'acquireLock', ['200', ...acquire]],
      ['post /v1/locks/{name}/release', 'releaseLock', ['200', ...command]],
      ['post /v1/locks/{name}/renew', 'renewLock', ['200', ...command]],
      ['get /v1/locks', 'listLocks', list],
      ['get /v1/locks/{name}', 'getLock', one],
      ['delete /v1/locks/{name}', 'breakLock', ['204', ...named]],
      ['post /v1/multi-locks/acquire', 'acquireMultiLock', ['200', ...acquire]],
      ['post /v1/multi-locks/release', 'releaseMultiLock', ['200', ...command]],
      ['post /v1/multi-locks/renew', 'renewMultiLock', ['200', ...command]],
      ['post /v1/sessions', 'createSession', ['201', ...keyed]],
      ['get /v1/sessions', 'listSessions', list],
      ['post /v1/sessions/{id}/keepalive', 'keepSessionAlive', ['200', ...named]],
      ['get /v1/sessions/{id}', 'getSession', one],
      ['delete /v1/sessions/{id}', 'deleteSession', ['204', ...named]],
      ['get /v1/wait-for-graph', 'getWaitForGraph', list],
      ['get /v1/lock-events', 'streamLockEvents', list],
    ]);
  });

  it('has an example of each refusal', () => {
    for (const [call, { responses }] of operations()) {
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const examples = Object.entries(
          (response as { content: Record<string, { examples: object }> }).content[
            'application/problem+json'
          ]?.examples ?? {},
        );
        expect([call, status, examples.length > 0]).toEqual([call, status, true]);
        for (const [code, { value }] of examples as [string, { value: object }][]) {
          expect(value).toMatchObject({ code, status: Number(status) });
        }
      }
    }
  });
});
