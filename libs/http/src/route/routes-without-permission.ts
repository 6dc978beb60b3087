import type { INestApplication } from '@nestjs/common';
import { routeTableOf } from '../server/http-adapter.js';

/**
 * The routes, like `GET /v1/locks/:name`, that declare no permission. It looks at what the server
 * serves, not at controllers, so that routes of plugins are seen too.
 *
 * @param app an initialized application made with `createHttpAdapter`.
 */
export function routesWithoutPermission(app: INestApplication): readonly string[] {
  return routeTableOf(app)
    .all()
    .filter((route) => route.permission === undefined)
    .map((route) => `${route.method} ${route.url}`);
}
