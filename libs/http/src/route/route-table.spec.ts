import { RouteTable } from './route-table.js';

describe('RouteTable', () => {
  const table = new RouteTable();
  for (const [method, url] of [
    ['GET', '/'],
    ['GET', '/v1/locks'],
    ['POST', '/v1/locks'],
    ['GET', '/v1/locks/:name'],
    ['DELETE', '/v1/locks/:name'],
    ['POST', '/v1/locks/:name/acquire'],
    ['GET', '/docs/*'],
  ] as const) {
    table.add({ method, url, permission: { resource: 'r', action: 'a' } });
  }
  table.add({ method: 'GET', url: '/v1/locks/events', permission: undefined });
  table.add({ method: 'DELETE', url: '/v1/locks/events', permission: undefined }, true);

  it.each([
    ['/', ['GET']],
    ['/v1/locks', ['GET', 'POST']],
    ['/v1/locks/', ['DELETE', 'GET']],
    ['/v1/locks/a%2Fb', ['DELETE', 'GET']],
    ['/v1/locks/a/b', []],
    ['/v1/locks/a/acquire', ['POST']],
    ['/v1/lo%63ks', ['GET', 'POST']],
    ['/v1%2Flocks', []],
    ['/v1/lo%zz', []],
    ['/v1/locks/events', ['GET']],
    ['/docs/a/b', ['GET']],
    ['/docs', []],
    ['/V1/locks', []],
    ['', []],
    ['*', []],
  ])('knows the methods of %s', (path, methods) => {
    expect(table.methodsOf(path)).toEqual(methods);
  });

  it('lists the routes that can be used', () => {
    expect(table.all().map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /',
      'GET /v1/locks',
      'POST /v1/locks',
      'GET /v1/locks/:name',
      'DELETE /v1/locks/:name',
      'POST /v1/locks/:name/acquire',
      'GET /docs/*',
      'GET /v1/locks/events',
    ]);
  });
});
