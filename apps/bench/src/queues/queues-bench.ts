import { join } from 'node:path';
import type { LocksBenchSetting } from '../locks/locks-bench.js';
import type { Measurement } from '../measuring/measurement.js';
import { runRounds } from '../measuring/rounds.js';
import { isWanted } from '../measuring/scenario.js';
import { LoadGenerator } from '../processes/load-generator.js';
import { flushingOf, natsPlan } from '../systems/nats-cluster.js';
import { onPath } from '../systems/programs.js';
import { sinkronPlan } from '../systems/sinkron-cluster.js';
import type { SystemPlan } from '../systems/system-under-test.js';
import { runBacklog, type BacklogMeasurement } from './backlog.js';
import { QUEUE_SCENARIOS, QUEUE_WARM_UP_MS, QUEUE_WARM_UPS } from './scenarios.js';

export interface QueuesResult {
  readonly systems: readonly { readonly id: string; readonly label: string }[];
  readonly measurements: readonly Measurement[];
  /** Null when it was not wanted. */
  readonly backlog: BacklogMeasurement | null;
}

/** Measures everything that the options want. */
export async function runQueuesBench(setting: LocksBenchSetting): Promise<QueuesResult> {
  const { options, loadFile, duties, say } = setting;
  const { rounds, seconds, only } = options;
  const plans = systemPlans(setting);
  const createGenerator = (): LoadGenerator => new LoadGenerator(loadFile, duties);
  const measurements = await runRounds(plans, {
    scenarios: QUEUE_SCENARIOS,
    warmUps: QUEUE_WARM_UPS,
    warmUpMs: QUEUE_WARM_UP_MS,
    rounds,
    seconds,
    only,
    say,
    createGenerator,
  });
  const [ours] = plans;
  if (ours === undefined) throw new Error('no system to measure');
  const backlog = isWanted('backlog', only) ? await runBacklog(ours, createGenerator, say) : null;
  return { systems: plans.map(({ id, label }) => ({ id, label })), measurements, backlog };
}

/** Our clusters first, then JetStream where it is installed. */
function systemPlans(setting: LocksBenchSetting): readonly SystemPlan[] {
  const { options, root, serverFile, duties, say } = setting;
  const plans = options.nodes.map((nodes) => sinkronPlan(nodes, serverFile, duties));
  if (!options.peers) return plans;
  const program = onPath('nats-server');
  if (program === null) {
    say('nats-server is not installed (Debian: nats-server) and is left out.');
    return plans;
  }
  const module = join(root, 'bench/peers/nats.mjs');
  plans.push(natsPlan(program, module, 'as-it-comes', duties));
  const flushing = flushingOf(program);
  if (flushing === null) say('this nats-server cannot be made to flush before it answers.');
  else plans.push(natsPlan(program, module, flushing, duties));
  return plans;
}
