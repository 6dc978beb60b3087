import { join } from 'node:path';
import type { BenchOptions } from '../arguments/arguments.js';
import type { ExitDuties } from '../processes/exit-duties.js';
import { LoadGenerator } from '../processes/load-generator.js';
import { etcdPlan } from '../systems/etcd-cluster.js';
import { onPath } from '../systems/programs.js';
import { redisPlan } from '../systems/redis-server.js';
import { sinkronPlan, startSinkron } from '../systems/sinkron-cluster.js';
import type { SystemPlan } from '../systems/system-under-test.js';
import { runFailover } from './failover.js';
import { runHeldLocks, type HeldLocksMeasurement } from './held-locks.js';
import type { Measurement } from '../measuring/measurement.js';
import { runMemberChanges, type MemberChangesMeasurement } from './member-changes.js';
import { runRounds } from '../measuring/rounds.js';
import { isWanted } from '../measuring/scenario.js';
import { FAILOVER, SCENARIOS } from './scenarios.js';
import { runSessionsCost, type SessionsMeasurement } from './sessions.js';

export interface LocksBenchSetting {
  readonly options: BenchOptions;
  /** The repository. */
  readonly root: string;
  /** The built server's main.js. */
  readonly serverFile: string;
  /** The built load generator. */
  readonly loadFile: string;
  readonly duties: ExitDuties;
  readonly say: (text: string) => void;
}

export interface LocksResult {
  readonly systems: readonly { readonly id: string; readonly label: string }[];
  readonly measurements: readonly Measurement[];
  /** Null when it was not wanted. */
  readonly sessions: readonly SessionsMeasurement[] | null;
  readonly heldLocks: HeldLocksMeasurement | null;
  readonly memberChanges: MemberChangesMeasurement | null;
}

/**
 * V8 goes on compiling for so long: a fresh cluster of ours did 989 pairs/s in its first 5 s of load,
 * 1,379, 1,685 and 1,844 in the next.
 */
const WARM_UP_MS = 20_000;

/** Measures everything that the options want. */
export async function runLocksBench(setting: LocksBenchSetting): Promise<LocksResult> {
  const { options, loadFile, duties, say } = setting;
  const { rounds, seconds, kills, only } = options;
  const plans = systemPlans(setting);
  const createGenerator = (): LoadGenerator => new LoadGenerator(loadFile, duties);
  const measurements = [
    ...(await runRounds(plans, {
      scenarios: SCENARIOS,
      warmUps: [
        (window) => ({ kind: 'pairs', clients: 64, mode: 'exclusive', session: false, window }),
      ],
      warmUpMs: WARM_UP_MS,
      rounds,
      seconds,
      only,
      say,
      createGenerator,
    })),
  ];
  if (isWanted(FAILOVER.id, only)) {
    for (const plan of plans.filter(({ kind }) => FAILOVER.systems.includes(kind))) {
      measurements.push(...(await runFailover(plan, { kills, say, createGenerator })));
    }
  }
  const systems = plans.map(({ id, label }) => ({ id, label }));
  const [ours] = plans;
  if (ours === undefined) throw new Error('no system to measure');
  let sessions: readonly SessionsMeasurement[] | null = null;
  if (isWanted('sessions', only)) {
    const generator = createGenerator();
    sessions = await runSessionsCost(ours, generator, say);
    await generator.close();
  }
  const heldLocks = isWanted('held-locks', only) ? await runHeldLocks(ours, say) : null;
  const start = async (nodes: number) => await startSinkron(nodes, setting.serverFile, duties);
  const memberChanges = isWanted('members', only)
    ? await runMemberChanges(start, createGenerator, say)
    : null;
  return { systems, measurements, sessions, heldLocks, memberChanges };
}

/** Our clusters first, then the peers that are installed. */
function systemPlans(setting: LocksBenchSetting): readonly SystemPlan[] {
  const { options, root, serverFile, duties, say } = setting;
  const plans = options.nodes.map((nodes) => sinkronPlan(nodes, serverFile, duties));
  if (!options.peers) return plans;
  const etcd = onPath('etcd');
  if (etcd === null) say('etcd is not installed (Debian: etcd-server) and is left out.');
  else plans.push(etcdPlan(etcd, join(root, 'bench/peers/etcd.mjs'), duties));
  const redis = onPath('redis-server');
  if (redis === null) say('redis-server is not installed and is left out.');
  else plans.push(redisPlan(redis, join(root, 'bench/peers/redis.mjs'), duties));
  return plans;
}
