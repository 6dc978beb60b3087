import type { LoadGenerator } from '../processes/load-generator.js';
import type { SystemPlan } from '../systems/system-under-test.js';
import { measure } from '../measuring/measure.js';
import type { MeasurementResult } from '../measuring/measurement.js';

const SESSIONS = 10_000;
/** Connections that they share: as many processes would have one each. */
const CLIENTS = 256;
const WARM_UP_MS = 5_000;
const MEASURE_MS = 20_000;
/** A session is kept alive three times in its TTL, as clients do. */
const KEEP_ALIVES_PER_TTL = 3;
/** The default TTL, and one that a patient user would take. */
const TTLS_MS = [15_000, 60_000];

export interface SessionsMeasurement {
  readonly sessions: number;
  readonly ttlMs: number;
  readonly keepAliveMs: number;
  readonly result: MeasurementResult;
}

/** What it costs all nodes together to keep many sessions alive. */
export async function runSessionsCost(
  plan: SystemPlan,
  generator: LoadGenerator,
  say: (text: string) => void,
): Promise<readonly SessionsMeasurement[]> {
  const measurements: SessionsMeasurement[] = [];
  for (const ttlMs of TTLS_MS) {
    const keepAliveMs = ttlMs / KEEP_ALIVES_PER_TTL;
    say(`${plan.label}: ${SESSIONS} sessions, a keep-alive every ${keepAliveMs} ms each`);
    const system = await plan.start();
    try {
      const result = await measure(system, generator, {
        kind: 'sessions',
        sessions: SESSIONS,
        clients: CLIENTS,
        ttlMs,
        keepAliveMs,
        window: { warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS },
      });
      if (result.kind === 'failed') say(`  failed: ${result.code}: ${result.message}`);
      measurements.push({ sessions: SESSIONS, ttlMs, keepAliveMs, result });
    } finally {
      await system.close();
    }
  }
  return measurements;
}
