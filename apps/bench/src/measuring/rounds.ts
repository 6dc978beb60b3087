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

export interface RoundsOptions {
  readonly scenarios: readonly Scenario[];
  /** What each fresh system is loaded with before anything counts: connections, caches, compilers. */
  readonly warmUps: readonly ((window: Window) => LoadOrder | QueueOrder)[];
  /** Of all `warmUps` together. */
  readonly warmUpMs: number;
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
  { scenarios: all, warmUps, warmUpMs, seconds, only, say, createGenerator }: RoundsOptions,
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
      const window = { warmUpMs: warmUpMs / warmUps.length, measureMs: 1 };
      await measure(system, generator, warmUp(window));
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
