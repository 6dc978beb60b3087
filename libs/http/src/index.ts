export { AnyJson } from './body/constraints/any-json.js';
export { IsIntegerBetween } from './body/constraints/is-integer-between.js';
export { BodyValidationPipe } from './body/body-validation.pipe.js';
export { IsListOf } from './body/constraints/is-list-of.js';
export { Client } from './client/client.js';
export type { ClientConnection } from './client/client-connection.js';
export { EventStreamReply } from './event-stream/event-stream-reply.js';
export {
  eventText,
  positionText,
  RESET_TEXT,
  type StreamEvent,
} from './event-stream/event-text.js';
export { LastEventId } from './event-stream/last-event-id.js';
export { HttpModule } from './http.module.js';
export { HTTP_TIMEOUTS, NAME_BYTES_MAX, type HttpTimeouts } from './limits.js';
export { buildOpenApiDocument, mountSwagger, openApiYaml } from './openapi/openapi-document.js';
export { ApiProblems, ProblemDocument } from './problem/api-problems.js';
export {
  ProblemError,
  validationFailed,
  type FieldError,
  type ProblemDetails,
  type ProblemMembers,
} from './problem/problem-error.js';
export { PROBLEMS, type ProblemCode } from './problem/problems.js';
export { Deadline } from './request/deadline.js';
export { IdempotencyKey, type IdempotentRequest } from './request/idempotency-key.js';
export { IsName, Name, nameFault, textFault } from './request/name.js';
export { Call, type RequestCall } from './request/request-call.js';
export { encodeCursor, Paging, type PageRequest } from './request/paging.js';
export {
  Consistency,
  QueryChoice,
  QueryInteger,
  QueryName,
  QueryText,
  type ReadConsistency,
} from './request/query-parameter.js';
export {
  BodyLimit,
  EventStream,
  Permission,
  PERMISSION_KEY,
  RawBody,
} from './route/route-decorators.js';
export type { PermissionDeclaration } from './route/route-options.js';
export { routesWithoutPermission } from './route/routes-without-permission.js';
export { configureHttpApplication } from './server/configure-http-application.js';
export { createHttpAdapter, routeTableOf } from './server/http-adapter.js';
export { ShutdownGate } from './server/shutdown-gate.js';
