import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { SinkronConfiguration } from '@sinkron/config';
import { HttpRequestDuration } from '@sinkron/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BodyValidationPipe } from '../body/body-validation.pipe.js';
import { endEventStreams } from '../event-stream/event-stream-reply.js';
import { ProblemError } from '../problem/problem-error.js';
import { sendProblem } from '../problem/problem-reply.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { readRouteOptions } from '../route/route-options.js';
import { routeTableOf } from './http-adapter.js';
import { answerOptions, refusalOf } from './request-refusals.js';
import { securityHeaders } from './security-headers.js';
import { ShutdownGate } from './shutdown-gate.js';

type HttpConfiguration = Pick<
  SinkronConfiguration,
  'corsOrigins' | 'drainTimeoutMs' | 'rateLimitPerSecond'
>;

const MS_PER_SECOND = 1000;

/** Headers of answers that pages of other origins may read. */
const EXPOSED_HEADERS = [
  'Allow',
  'ETag',
  'Idempotency-Replayed',
  'Retry-After',
  'X-Cache',
  'X-Cache-State',
  'X-Request-Id',
  'X-Sinkron-Node',
  'X-Ttl-Ms',
];

/** Resources that probes and scrapers ask for, which must see a node under load too. */
const UNLIMITED_RESOURCES: ReadonlySet<string> = new Set(['health', 'metrics']);

/**
 * Gives an application made with `createHttpAdapter` what every route shares; call it before
 * `app.init()`. Request ids, metrics and refusals are Fastify hooks: nothing per request but them.
 */
export async function configureHttpApplication(
  app: NestFastifyApplication,
  configuration: HttpConfiguration,
): Promise<void> {
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  app.useGlobalPipes(new BodyValidationPipe());
  app.useGlobalFilters(new ProblemFilter());
  measureRequests(instance, app.get(HttpRequestDuration));
  await registerPlugins(app, instance, configuration);
  refuseEarly(instance, app, configuration);
  closeBehindAnswers(instance, app.get(ShutdownGate));
  endDrain(instance, configuration);
}

/** Fastify closes when the last answer is sent; those that take too long are cut off. */
function endDrain(instance: FastifyInstance, { drainTimeoutMs }: HttpConfiguration): void {
  let timer: NodeJS.Timeout | undefined;
  instance.addHook('preClose', (done) => {
    endEventStreams(instance.server);
    timer = setTimeout(() => instance.server.closeAllConnections(), drainTimeoutMs);
    done();
  });
  instance.server.on('close', () => clearTimeout(timer));
}

/** Idle connections are closed when the server closes; those with an answer to come, behind it. */
function closeBehindAnswers(instance: FastifyInstance, gate: ShutdownGate): void {
  instance.addHook('onSend', (_request, reply, payload, done) => {
    if (gate.isClosing) void reply.header('connection', 'close');
    done(null, payload);
  });
}

function measureRequests(instance: FastifyInstance, duration: HttpRequestDuration): void {
  instance.addHook('onResponse', (request, reply, done) => {
    done();
    // How long a stream was open says nothing about speed.
    if (reply.statusCode === 200 && isEventStream(request)) return;
    duration.observe({
      method: request.method,
      route: request.is404 ? undefined : request.routeOptions.url,
      status: reply.statusCode,
      seconds: reply.elapsedTime / MS_PER_SECOND,
    });
  });
}

function isEventStream(request: FastifyRequest): boolean {
  return readRouteOptions(request.routeOptions.config).eventStream === true;
}

async function registerPlugins(
  app: NestFastifyApplication,
  instance: FastifyInstance,
  { corsOrigins, rateLimitPerSecond }: HttpConfiguration,
): Promise<void> {
  const headers = await securityHeaders();
  instance.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposedHeaders: [...EXPOSED_HEADERS],
      credentials: false,
      strictPreflight: false,
    });
  }
  if (rateLimitPerSecond !== undefined) {
    await app.register(rateLimit, {
      global: true,
      hook: 'onRequest',
      max: rateLimitPerSecond,
      timeWindow: MS_PER_SECOND,
      allowList: (request) => {
        const { permission } = readRouteOptions(request.routeOptions.config);
        return permission !== undefined && UNLIMITED_RESOURCES.has(permission.resource);
      },
      errorResponseBuilder: () =>
        new ProblemError('RATE_LIMITED', `at most ${rateLimitPerSecond} requests a second`),
    });
  }
}

function refuseEarly(
  instance: FastifyInstance,
  app: NestFastifyApplication,
  { corsOrigins }: HttpConfiguration,
): void {
  const gate = app.get(ShutdownGate);
  const routes = routeTableOf(app);
  instance.addHook('onRequest', (request, reply, done) => {
    if (gate.isClosing) {
      sendProblem(reply, new ProblemError('SHUTTING_DOWN', 'this node stops; ask another one'));
      return;
    }
    const preflight = corsOrigins.length > 0 && request.headers.origin !== undefined;
    if (request.method === 'OPTIONS' && !preflight) {
      const refusal = answerOptions(request, reply, routes);
      if (refusal !== undefined) sendProblem(reply, refusal);
      return;
    }
    const refusal = refusalOf(request, routes);
    if (refusal === undefined) done();
    else sendProblem(reply, refusal);
  });
}
