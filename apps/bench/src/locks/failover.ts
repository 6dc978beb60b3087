import { failureCode } from '../load/lock-client.js';
import type { LoadGenerator } from '../processes/load-generator.js';
import type { SystemPlan, SystemUnderTest } from '../systems/system-under-test.js';
import { measure } from '../measuring/measure.js';
import type { Measurement, MeasurementResult } from '../measuring/measurement.js';
import { FAILOVER } from './scenarios.js';

export interface FailoverOptions {
  readonly kills: number;
  readonly say: (text: string) => void;
  readonly createGenerator: () => LoadGenerator;
}

/** Kills the leader under load again and again; the killed one is started again each time. */
export async function runFailover(
  plan: SystemPlan,
  { kills, say, createGenerator }: FailoverOptions,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  const system = await plan.start();
  const generator = createGenerator();
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      say(`${plan.label}: leader kill ${kill} of ${kills}`);
      const result = await killOnce(system, generator);
      if (result.kind === 'failed') say(`  failed: ${result.code}: ${result.message}`);
      measurements.push({ scenario: FAILOVER.id, system: plan.id, round: kill, result });
      for (const server of system.servers) if (server.pid === undefined) server.start();
      await system.untilReady();
    }
  } catch (error) {
    // What was measured so far counts; a system that does not come back is a result too.
    const message = error instanceof Error ? error.message : String(error);
    say(`  ${message}`);
    const result = { kind: 'failed', code: failureCode(error), message } as const;
    const round = measurements.length + 1;
    measurements.push({ scenario: FAILOVER.id, system: plan.id, round, result });
  } finally {
    await generator.close();
    await system.close();
  }
  return measurements;
}

async function killOnce(
  system: SystemUnderTest,
  generator: LoadGenerator,
): Promise<MeasurementResult> {
  const leader = await system.leader();
  if (leader?.pid === undefined) throw new Error('nobody leads');
  const result = await measure(system, generator, {
    kind: 'recovery',
    clients: FAILOVER.clientsPerNode * system.servers.length,
    probers: FAILOVER.probers,
    killPid: leader.pid,
    window: { warmUpMs: FAILOVER.warmUpMs, measureMs: FAILOVER.measureMs },
  });
  // Waits until it is gone for this process too.
  await leader.kill();
  return result;
}
