import { Global, Module } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { ReadinessRegistry } from './health/readiness-registry.js';
import { PinoLogger } from './logging/pino-logger.js';
import { EventLoopDelay, eventLoopDelayProvider } from './metrics/event-loop-delay.js';
import {
  HttpRequestDuration,
  httpRequestDurationProvider,
} from './metrics/http-request-duration.js';

/** Logging, metrics and readiness for every module; `@sinkron/http` serves them. */
@Global()
@Module({
  providers: [
    {
      provide: PinoLogger,
      inject: [CONFIGURATION],
      useFactory: (configuration: SinkronConfiguration) => PinoLogger.of(configuration),
    },
    ReadinessRegistry,
    HttpRequestDuration,
    httpRequestDurationProvider,
    EventLoopDelay,
    eventLoopDelayProvider,
  ],
  exports: [PinoLogger, ReadinessRegistry, HttpRequestDuration],
})
export class ObservabilityModule {}
