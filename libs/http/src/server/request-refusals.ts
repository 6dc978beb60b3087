import type { FastifyReply, FastifyRequest } from 'fastify';
import { URI_BYTES_MAX } from '../limits.js';
import { ProblemError, validationFailed, type FieldError } from '../problem/problem-error.js';
import { badUrl, uriTooLong } from '../problem/problem-of.js';
import { readRouteOptions } from '../route/route-options.js';
import type { RouteTable } from '../route/route-table.js';

/** What can be said about a request from its first line and headers alone; undefined: go on. */
export function refusalOf(request: FastifyRequest, routes: RouteTable): ProblemError | undefined {
  const url = request.raw.url ?? '';
  if (url.length > URI_BYTES_MAX) return uriTooLong();
  if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
    return validationFailed([{ field: 'Host', message: 'must be sent' }]);
  }
  const options = readRouteOptions(request.routeOptions.config);
  if (request.is404 || (request.method === 'HEAD' && options.eventStream === true)) {
    return refusalOfRoute(request, routes);
  }
  return options.permission === undefined
    ? undefined
    : refusalOfQuery(url, request.query, options.queryParameters ?? []);
}

/** Answers OPTIONS with the methods that the path takes; CORS preflights are not meant for this. */
export function answerOptions(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: RouteTable,
): ProblemError | undefined {
  const allowed = routes.methodsOf(pathOf(request));
  if (allowed.length === 0) return refusalOfRoute(request, routes);
  void reply.code(204).header('allow', allowed.join(', ')).send();
  return undefined;
}

function refusalOfRoute(request: FastifyRequest, routes: RouteTable): ProblemError {
  const path = pathOf(request);
  const allowed = routes.methodsOf(path);
  if (allowed.length === 0) {
    return new ProblemError('ROUTE_NOT_FOUND', `there is no route ${request.method} ${path}`);
  }
  return new ProblemError(
    'METHOD_NOT_ALLOWED',
    `${path} takes ${allowed.join(', ')}, not ${request.method}`,
    { headers: { allow: allowed.join(', ') } },
  );
}

function pathOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function refusalOfQuery(
  url: string,
  query: unknown,
  known: readonly string[],
): ProblemError | undefined {
  const start = url.indexOf('?');
  if (start === -1 || typeof query !== 'object' || query === null) return undefined;
  if (!isPercentEncoded(url.slice(start + 1))) {
    return badUrl();
  }
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries(query)) {
    if (!known.includes(field)) errors.push({ field, message: 'is not a parameter of this route' });
    else if (Array.isArray(value)) errors.push({ field, message: 'must be given once' });
  }
  return errors.length === 0 ? undefined : validationFailed(errors);
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
