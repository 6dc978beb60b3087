import { failureCode } from '../load/lock-client.js';
import type { LoadOrder } from '../load/orders.js';
import type { QueueOrder } from '../load/queues/queue-orders.js';
import type { LoadGenerator } from '../processes/load-generator.js';
import { cpuSeconds } from '../processes/process-usage.js';
import type { SystemUnderTest } from '../systems/system-under-test.js';
import type { MeasurementResult } from './measurement.js';

const MS_PER_SECOND = 1_000;

/** Has the load generator carry out an order, and watches what it costs the servers. */
export async function measure(
  system: SystemUnderTest,
  generator: LoadGenerator,
  order: LoadOrder | QueueOrder,
): Promise<MeasurementResult> {
  let usedBefore = 0;
  let startedAt = performance.now();
  try {
    const outcome = await generator.run({ target: system.target, order }, () => {
      usedBefore = serverSeconds(system);
      startedAt = performance.now();
    });
    const usedSeconds = serverSeconds(system) - usedBefore;
    const spentSeconds = Math.max(performance.now() - startedAt, 1) / MS_PER_SECOND;
    return { kind: 'measured', outcome, serverCores: Math.max(0, usedSeconds / spentSeconds) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', code: failureCode(error), message };
  }
}

function serverSeconds(system: SystemUnderTest): number {
  return system.servers.reduce(
    (sum, { pid }) => sum + (pid === undefined ? 0 : cpuSeconds(pid)),
    0,
  );
}
