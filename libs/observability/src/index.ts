export {
  ReadinessRegistry,
  type Readiness,
  type ReadinessCheck,
} from './health/readiness-registry.js';
export { PinoLogger, type LogDestination } from './logging/pino-logger.js';
export { EventLoopDelay } from './metrics/event-loop-delay.js';
export { HttpRequestDuration } from './metrics/http-request-duration.js';
export { ObservabilityModule } from './observability.module.js';
