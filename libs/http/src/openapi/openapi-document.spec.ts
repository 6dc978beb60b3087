import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { parse } from 'yaml';
import { Permission } from '../route/route-decorators.js';
import { routesWithoutPermission } from '../route/routes-without-permission.js';
import { routeTableOf } from '../server/http-adapter.js';
import { startHttpApplication } from '../testing/http-application.js';
import { ThingsController } from '../testing/things.controller.js';
import { buildOpenApiDocument, openApiYaml } from './openapi-document.js';

@Controller('v1/open')
class OpenController {
  @Get()
  readOpen(): void {}
}

@Controller('v1/other')
class OtherController {
  @Get()
  @Permission('other', 'read')
  listThings(): void {}
}

@Module({})
class Nothing {}

describe('The OpenAPI document', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
  });

  afterAll(() => app.close());

  const operation = (path: string, method: 'get' | 'post') => {
    const found = buildOpenApiDocument(app, '1.2.3').paths[path]?.[method];
    if (found === undefined) throw new Error(`${method} ${path} is not documented`);
    return found;
  };

  it('names operations after their handlers', () => {
    const { paths, info } = buildOpenApiDocument(app, '1.2.3');
    const ids = Object.values(paths).flatMap((path) =>
      [path.get, path.put, path.post].flatMap((found) => found?.operationId ?? []),
    );
    expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'acquireThing',
      'batchThings',
      'breakThing',
      'brewThing',
      'checkLiveness',
      'checkReadiness',
      'listThings',
      'readMetrics',
      'readThing',
      'refuseThing',
      'releaseThing',
      'streamThings',
      'waitForThing',
      'writeThing',
    ]);
    expect(info.version).toBe('1.2.3');
  });

  it('describes names, headers and queries once each', () => {
    const described = (path: string, method: 'get' | 'post') =>
      operation(path, method).parameters?.map((parameter) =>
        'name' in parameter
          ? `${parameter.in} ${parameter.name}${parameter.required === true ? '!' : ''}`
          : parameter.$ref,
      );
    for (const action of ['acquire', 'release']) {
      expect(described(`/v1/things/{name}/${action}`, 'post')?.toSorted()).toEqual([
        'header Idempotency-Key',
        'header X-Timeout-Ms',
        'path name!',
      ]);
    }
    expect(described('/v1/things', 'get')?.toSorted()).toEqual([
      'query consistency',
      'query cursor',
      'query group',
      'query limit',
      'query max',
      'query prefix',
      'query state',
    ]);
  });

  it('describes refusals with an example of each code', () => {
    const { responses } = operation('/v1/things/{name}/acquire', 'post');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '409', '500', '503']));
    const unavailable = responses['503'];
    if (unavailable === undefined || !('content' in unavailable)) throw new Error('no 503');
    expect(unavailable.description).toBe(
      '`NO_LEADER`: The group has no leader; `OVERLOADED`: The node has too much to do',
    );
    expect(unavailable.content?.['application/problem+json']).toEqual({
      schema: { $ref: '#/components/schemas/ProblemDocument' },
      examples: {
        NO_LEADER: {
          value: {
            type: 'urn:sinkron:problem:no-leader',
            title: 'The group has no leader',
            status: 503,
            code: 'NO_LEADER',
            detail: 'the group has no leader',
          },
        },
        OVERLOADED: {
          value: {
            type: 'urn:sinkron:problem:overloaded',
            title: 'The node has too much to do',
            status: 503,
            code: 'OVERLOADED',
            detail: 'the node has too much to do',
          },
        },
      },
    });
  });

  it('is the same text whatever the order of the controllers', async () => {
    const controllers = [OtherController, OpenController];
    const texts: string[] = [];
    for (const order of [controllers, controllers.toReversed()]) {
      const { app: other } = await startHttpApplication({ controllers: order });
      const document = buildOpenApiDocument(other, '1.2.3');
      texts.push(openApiYaml(document));
      expect(parse(texts.at(-1) ?? '')).toEqual(JSON.parse(JSON.stringify(document)));
      await other.close();
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('refuses two handlers of one name', async () => {
    const { app: other } = await startHttpApplication({
      controllers: [ThingsController, OtherController],
    });
    expect(() => buildOpenApiDocument(other, '1.2.3')).toThrow(/OpenAPI: operation ids are unique/);
    await other.close();
  });

  it('is served, with Swagger UI beside it', async () => {
    const server = request(app.getHttpServer());
    const document = await server.get('/docs-json');
    expect(document.headers['content-type']).toMatch(/^application\/json/);
    expect(document.body).toEqual(JSON.parse(JSON.stringify(buildOpenApiDocument(app, '1.2.3'))));
    const page = await server.get('/docs');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    // Whatever the page loads is there, and its policy lets it be loaded and no script be inline.
    const loaded = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1]);
    expect(loaded).toContain('docs/swagger-ui-bundle.js');
    for (const path of loaded) expect((await server.get(`/${path}`)).status).toBe(200);
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;frame-ancestors 'none'",
    );
    expect(page.headers['x-sinkron-node']).toBe('node1');
  });

  // Found by fuzzing: 403 FORBIDDEN, which is for callers without a permission.
  it.each(['/docs/%00', '/docs/nothing.js'])('has no file %s', async (path) => {
    const { status, body } = await request(app.getHttpServer()).get(path);
    expect([status, body.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });
});

describe('routesWithoutPermission', () => {
  it('is empty for health, metrics, documentation and routes that declare one', async () => {
    const { app } = await startHttpApplication();
    expect(routesWithoutPermission(app)).toEqual([]);
    const urls = routeTableOf(app)
      .all()
      .map(({ method, url }) => `${method} ${url}`);
    expect(urls).toEqual(
      expect.arrayContaining([
        'GET /health/live',
        'GET /health/ready',
        'GET /metrics',
        'GET /docs',
        'GET /docs-json',
        'PUT /v1/things/:name',
      ]),
    );
    await app.close();
  });

  it('names each route that lacks one', async () => {
    const { app } = await startHttpApplication({ controllers: [OpenController, OtherController] });
    expect(routesWithoutPermission(app)).toEqual(['GET /v1/open', 'HEAD /v1/open']);
    await app.close();
  });

  it('refuses an application whose routes it cannot know', () => {
    const foreign = { getHttpAdapter: () => new Nothing() };
    expect(() => routesWithoutPermission(foreign as never)).toThrow(
      /routeTableOf: the adapter is of createHttpAdapter/,
    );
  });
});
