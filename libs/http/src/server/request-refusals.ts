import type { FastifyReply, FastifyRequest } from 'fastify';
import { URI_BYTES_MAX } from '../limits.js';
import { ProblemError, validationFailed, type FieldError } from '../problem/problem-error.js';
import { badUrl, uriTooLong } from '../problem/problem-of.js';
import { readRouteOptions } from '../route/route-options.js';
import { CONSISTENCY_MESSAGE, isReadConsistency } from '../request/query-parameter.js';
import type { RouteTable } from '../route/route-table.js';

/** Targets of requests (RFC 9112 §3.2): a path, or a URL with scheme and host. */
const TARGET_PATTERN = /^(?:\/|https?:\/\/)/i;
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What can be said about a request from its first line and headers alone; undefined: go on. */
export function refusalOf(request: FastifyRequest, routes: RouteTable): ProblemError | undefined {
  const url = request.raw.url ?? '';
  if (url.length > URI_BYTES_MAX) return uriTooLong();
  // A fragment stays with the client. The router would read one as a query, behind our checks.
  if (url.includes('#')) return badUrl();
  // The router would take what is neither a path nor a whole URL, `*` for one, for the root.
  if (!TARGET_PATTERN.test(url)) return badUrl();
  if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
    return validationFailed([{ field: 'Host', message: 'must be sent' }]);
  }
  const options = readRouteOptions(request.routeOptions.config);
  if (request.is404 || (request.method === 'HEAD' && options.eventStream === true)) {
    return refusalOfRoute(request, routes);
  }
  return options.permission === undefined
    ? undefined
    : refusalOfQuery(request, options.queryParameters ?? []);
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

/** The path as sent, also of a URL that begins with scheme and host (RFC 9112 §3.2.2). */
function pathOf(request: FastifyRequest): string {
  const [path = ''] = (request.raw.url ?? '').split('?', 1);
  return path.replace(/^[a-z]+:\/\/[^/]*/i, '');
}

function refusalOfQuery(
  { method, query, raw: { url = '' } }: FastifyRequest,
  known: readonly string[],
): ProblemError | undefined {
  const start = url.indexOf('?');
  if (start === -1 || typeof query !== 'object' || query === null) return undefined;
  if (!isPercentEncoded(url.slice(start + 1))) {
    return badUrl();
  }
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries(query)) {
    const message = faultOfParameter(field, value, { known, isRead: READS.has(method) });
    if (message !== undefined) errors.push({ field, message });
  }
  return errors.length === 0 ? undefined : validationFailed(errors);
}

/**
 * What is wrong with a parameter before its route reads it. Every GET takes `consistency`; on a route
 * that does not know it, both kinds of reading are the same.
 */
function faultOfParameter(
  field: string,
  value: unknown,
  { known, isRead }: { readonly known: readonly string[]; readonly isRead: boolean },
): string | undefined {
  const isUnread = !known.includes(field);
  if (isUnread && !(isRead && field === 'consistency')) return 'is not a parameter of this route';
  if (Array.isArray(value)) return 'must be given once';
  return isUnread && !isReadConsistency(value) ? CONSISTENCY_MESSAGE : undefined;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
