import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';

/** What a route may be used for; who may do it is decided elsewhere. */
export interface PermissionDeclaration {
  /** What is acted on, for example `locks`. */
  readonly resource: string;
  /** What is done to it, for example `acquire`. */
  readonly action: string;
}

/** What our decorators say about a route; hooks read it from the route, with no reflection. */
export interface RouteOptions {
  readonly permission?: PermissionDeclaration;
  /** Query parameters that the route knows; all others are refused. */
  readonly queryParameters?: readonly string[];
  readonly bodyBytesMax?: number;
  /** The body is bytes of any content type, given to the handler as a Buffer. */
  readonly rawBody?: boolean;
  /** The answer is an endless stream, which has no HEAD. */
  readonly eventStream?: boolean;
}

/** The member of Fastify's route configuration that holds ours. */
const MEMBER = 'sinkron';

/** Adds to what is known about the route of `method`; lists grow, other members are replaced. */
export function extendRouteOptions(method: object, addition: RouteOptions): void {
  const before = readRouteOptions(Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, method));
  const queryParameters = [...(before.queryParameters ?? []), ...(addition.queryParameters ?? [])];
  const options: RouteOptions = { ...before, ...addition, queryParameters };
  RouteConfig({ [MEMBER]: options })(Object, '', { value: method });
}

/** Our options in a Fastify route configuration; none for routes that are not ours. */
export function readRouteOptions(configuration: unknown): RouteOptions {
  if (typeof configuration !== 'object' || configuration === null) return {};
  // Only extendRouteOptions and declareRoute write this member.
  return (Reflect.get(configuration, MEMBER) as RouteOptions | undefined) ?? {};
}

/** A Fastify route configuration that holds `options`, for routes that no decorator can reach. */
export function declareRoute(configuration: object | undefined, options: RouteOptions): object {
  return { ...configuration, [MEMBER]: options };
}

/** The function behind a decorated method or the parameter of one. */
export function methodOf(target: object, key: string | symbol | undefined): object {
  const method: unknown = key === undefined ? undefined : Reflect.get(target, key);
  if (typeof method === 'function') return method;
  throw new TypeError('this decorator belongs on a method of a controller or a parameter of one');
}
