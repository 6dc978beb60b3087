import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { SinkronConfiguration } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { installBodyParser } from '../body/body-parser.js';
import {
  BODY_BYTES_MAX,
  HEADER_BYTES_MAX,
  HTTP_TIMEOUTS,
  PARAMETER_LENGTH_MAX,
  type HttpTimeouts,
} from '../limits.js';
import { documentationPermission } from '../openapi/documentation-routes.js';
import { problemOf } from '../problem/problem-of.js';
import { sendProblem } from '../problem/problem-reply.js';
import { declareRoute, readRouteOptions } from '../route/route-options.js';
import { RouteTable } from '../route/route-table.js';
import { ClientErrorResponder, type ClientError } from './client-error.js';
import { requestIdOf } from './request-id.js';

type Identity = Pick<SinkronConfiguration, 'nodeId'>;

/** Nest's Fastify adapter, which also knows its routes and leaves errors as they are thrown. */
class HttpAdapter extends FastifyAdapter {
  readonly routes = new RouteTable();

  /** Nest's parsers (urlencoded among them) stay out: `installBodyParser` has put ours in. */
  override registerParserMiddleware(): void {}

  /** Nest would make an HttpException of it and lose Fastify's code. */
  override mapException(error: unknown): unknown {
    return error;
  }
}

/**
 * Makes the HTTP server of a node: its limits and timeouts, how it reads bodies, and a problem as
 * the answer to whatever Node or Fastify refuse. Give it to `NestFactory.create`, then call
 * `configureHttpApplication`.
 */
export function createHttpAdapter(
  configuration: Identity,
  timeouts: HttpTimeouts = HTTP_TIMEOUTS,
): FastifyAdapter {
  const clientErrors = new ClientErrorResponder(configuration.nodeId);
  const adapter = new HttpAdapter({
    ...serverOptions(timeouts),
    genReqId: requestIdOf,
    frameworkErrors: (error: Error, request: { readonly id: string }, reply: unknown) => {
      // Fastify's own copy of the types; the objects are the same at run time.
      const answer = reply as FastifyReply;
      identify(configuration, request.id, answer);
      sendProblem(answer, problemOf(error));
    },
    clientErrorHandler: (error: ClientError, socket: Socket) => clientErrors.respond(error, socket),
  });
  const instance = adapter.getInstance<FastifyInstance>();
  clientErrors.observe(instance.server);
  instance.addHook('onRequest', (request: FastifyRequest, reply, done) => {
    identify(configuration, request.id, reply);
    done();
  });
  instance.addHook('onRoute', (route) => {
    const documentation = documentationPermission(route.url);
    if (documentation !== undefined) {
      route.config = declareRoute(route.config, { permission: documentation });
    }
    const options = readRouteOptions(route.config);
    if (options.bodyBytesMax !== undefined) route.bodyLimit = options.bodyBytesMax;
    // The preflight route of CORS, for every path.
    if (route.url === '*') return;
    for (const method of [route.method].flat()) {
      const refused = method === 'HEAD' && options.eventStream === true;
      adapter.routes.add({ method, url: route.url, permission: options.permission }, refused);
    }
  });
  installBodyParser(instance);
  return adapter;
}

/** The routes of an application made with `createHttpAdapter`; complete once it is initialized. */
export function routeTableOf(app: INestApplication): RouteTable {
  const adapter: unknown = app.getHttpAdapter();
  invariant(adapter instanceof HttpAdapter, 'routeTableOf: the adapter is of createHttpAdapter');
  return adapter.routes;
}

function identify({ nodeId }: Identity, requestId: string, reply: FastifyReply): void {
  void reply.headers({ 'x-request-id': requestId, 'x-sinkron-node': nodeId });
}

function serverOptions(timeouts: HttpTimeouts) {
  return {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: timeouts.requestTimeoutMs,
    connectionTimeout: timeouts.connectionTimeoutMs,
    keepAliveTimeout: timeouts.keepAliveTimeoutMs,
    maxRequestsPerSocket: 0,
    forceCloseConnections: 'idle' as const,
    // Our own gate refuses while the node stops, with a problem.
    return503OnClosing: false,
    requestIdHeader: false as const,
    trustProxy: false,
    exposeHeadRoutes: true,
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: timeouts.headersTimeoutMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
      insecureHTTPParser: false,
      // A request without Host is refused by a hook, with a problem.
      requireHostHeader: false,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    routerOptions: {
      maxParamLength: PARAMETER_LENGTH_MAX,
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      useSemicolonDelimiter: false,
      allowUnsafeRegex: false,
    },
  };
}
