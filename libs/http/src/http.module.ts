import { Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { LOOP_LAG_RESOLUTION_MS, LOOP_LAG_STATISTICS } from './limits.js';
import { HealthController } from './operation/health.controller.js';
import { MetricsController } from './operation/metrics.controller.js';
import { ShutdownGate } from './server/shutdown-gate.js';

/** Health, metrics, and the gate that closes when the node stops. */
@Module({
  imports: [
    TerminusModule.forRoot({ errorLogStyle: 'json', logger: false, gracefulShutdownTimeoutMs: 0 }),
    PrometheusModule.register({
      controller: MetricsController,
      path: '/metrics',
      global: false,
      defaultMetrics: {
        enabled: true,
        config: { eventLoopMonitoringPrecision: LOOP_LAG_RESOLUTION_MS },
      },
    }),
  ],
  controllers: [HealthController],
  providers: [ShutdownGate],
  exports: [ShutdownGate],
})
export class HttpModule implements OnModuleInit {
  onModuleInit(): void {
    for (const statistic of LOOP_LAG_STATISTICS) {
      register.removeSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
    }
  }
}
