import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { BODY_BYTES_MAX } from '../limits.js';
import { extendRouteOptions, methodOf, type RouteOptions } from './route-options.js';

/** Reflector key of a route's `PermissionDeclaration`. */
export const PERMISSION_KEY = 'sinkron:permission';

function routeDecorator(addition: RouteOptions): MethodDecorator {
  return (target, key) => {
    extendRouteOptions(methodOf(target, key), addition);
  };
}

/** Declares what the route does to what; every route has one. */
export function Permission(resource: string, action: string): MethodDecorator {
  const permission = Object.freeze({ resource, action });
  return applyDecorators(SetMetadata(PERMISSION_KEY, permission), routeDecorator({ permission }));
}

/** Raises, or lowers, the bytes that the route takes as its body. */
export function BodyLimit(bodyBytesMax: number): MethodDecorator {
  return routeDecorator({ bodyBytesMax });
}

/** The body is bytes of any content type; the handler gets a Buffer, empty without a body. */
export function RawBody(bodyBytesMax = BODY_BYTES_MAX): MethodDecorator {
  return routeDecorator({ rawBody: true, bodyBytesMax });
}

/** The answer is a stream of Server-Sent Events, see `EventStreamReply`: HEAD is refused. */
export function EventStream(): MethodDecorator {
  return applyDecorators(ApiProduces('text/event-stream'), routeDecorator({ eventStream: true }));
}
