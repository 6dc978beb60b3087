import type { LoadOrder, Window } from '../load/orders.js';
import type { QueueOrder } from '../load/queues/queue-orders.js';
import type { LoadGenerator } from '../processes/load-generator.js';
import type { SystemPlan } from '../systems/system-under-test.js';
import { measure } from './measure.js';
import type { Measurement } from './measurement.js';
import { isWanted, type Scenario } from './scenario.js';

const MS_PER_SECOND = 1_000;
/** Before each scenario, unmeasured. */
const WARM_UP_MS = 1_000;
/**
 * Once for each fresh system: connections, caches and compilers. V8 goes on compiling for so long: a
 * fresh cluster of ours did 989 pairs/s in its first 5 s of load, 1,379, 1,685 and 1,844 in the next.
 */
const FIRST_WARM_UP_MS = 20_000;

export interface RoundsOptions {
  readonly scenarios: readonly Scenario[];
  /** What each fresh system is loaded with before anything counts: FIRST_WARM_UP_MS in all. */
  readonly warmUps: readonly ((window: Window) => LoadOrder | QueueOrder)[];
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly string[];
  readonly say: (text: string) => void;
  /** A generator of its own for each system and round, so that none inherits another's state. */
  readonly createGenerator: () => LoadGenerator;
}

/** Runs all scenarios in rounds; in each, the systems take turns, each freshly started and alone. */
export async function runRounds(
  plans: readonly SystemPlan[],
  options: RoundsOptions,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    // The one that began the last round ends this one.
    const first = (round - 1) % plans.length;
    for (const plan of [...plans.slice(first), ...plans.slice(0, first)]) {
      measurements.push(...(await runSystem(plan, round, options)));
    }
  }
  return measurements;
}

async function runSystem(
  plan: SystemPlan,
  round: number,
  { scenarios: all, warmUps, seconds, only, say, createGenerator }: RoundsOptions,
): Promise<readonly Measurement[]> {
  const scenarios = all.filter(
    ({ id, systems }) => systems.includes(plan.kind) && isWanted(id, only),
  );
  if (scenarios.length === 0) return [];
  const measurements: Measurement[] = [];
  const system = await plan.start();
  const generator = createGenerator();
  try {
    for (const warmUp of warmUps) {
      const warmUpMs = FIRST_WARM_UP_MS / warmUps.length;
      await measure(system, generator, warmUp({ warmUpMs, measureMs: 1 }));
    }
    for (const scenario of scenarios) {
      say(`round ${round}: ${plan.label}: ${scenario.title}`);
      const window = { warmUpMs: WARM_UP_MS, measureMs: seconds * MS_PER_SECOND };
      const result = await measure(system, generator, scenario.order(window));
      if (result.kind === 'failed') say(`  failed: ${result.code}: ${result.message}`);
      measurements.push({ scenario: scenario.id, system: plan.id, round, result });
    }
  } finally {
    await generator.close();
    await system.close();
  }
  return measurements;
}
