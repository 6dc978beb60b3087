import { openSession } from '../load/clients/open-clients.js';
import type { LoadOrder } from '../load/orders.js';
import { READY_DEADLINE_MS } from '../limits.js';
import { eventually } from '../processes/eventually.js';
import type { LoadGenerator } from '../processes/load-generator.js';
import { look, lookJson } from '../systems/look.js';
import type { SinkronCluster } from '../systems/sinkron-cluster.js';
import { measure } from '../measuring/measure.js';
import type { MeasurementResult } from '../measuring/measurement.js';
import { takeLocks } from './take-locks.js';

const NODES = 3;
const LOCKS = 100_000;
const TTL_MS = 3_600_000;
const PAIRS_PER_SECOND = 100;
const CLIENTS = 64;
/** V8 compiles for so long; see `rounds.ts`. */
const WARM_UP_MS = 20_000;
const MEASURE_MS = 20_000;

/** What it costs the others when a node joins, and when it takes over the vote of one that leaves. */
export interface MemberChangesMeasurement {
  readonly locks: number;
  readonly pairsPerSecond: number;
  readonly normal: MeasurementResult;
  /** While a fourth node comes; it is a spare without a replica. */
  readonly joining: MeasurementResult;
  readonly joinedMs: number;
  /** While a member leaves, and the spare gets all locks as a learner and then its vote. */
  readonly replacing: MeasurementResult;
  readonly replacedMs: number;
}

/** Measures acquires at a fixed rate while the members change, with many locks held. */
export async function runMemberChanges(
  start: (nodes: number) => Promise<SinkronCluster>,
  createGenerator: () => LoadGenerator,
  say: (text: string) => void,
): Promise<MemberChangesMeasurement> {
  const cluster = await start(NODES);
  const generator = createGenerator();
  try {
    say(`members: ${LOCKS} locks`);
    const sessionId = await openSession(cluster.urls[0] ?? '', TTL_MS);
    await takeLocks(cluster.urls, LOCKS, { sessionId });
    say('members: as always');
    const normal = await measure(cluster, generator, order(WARM_UP_MS));
    say('members: a node joins');
    let name = '';
    const join = async (): Promise<void> => {
      name = await cluster.grow();
      await untilMember(cluster, name);
    };
    const [joining, joinedMs] = await during(cluster, generator, join);
    const leaving = await follower(cluster);
    say(`members: ${leaving} leaves, ${name} takes its vote`);
    const replace = async (): Promise<void> => {
      const url = `${cluster.urls[0] ?? ''}/v1/cluster/members/${leaving}`;
      if ((await look(url, { method: 'DELETE' })) === null) throw new Error('it was refused');
      await untilVoting(cluster, name, leaving);
    };
    // Who has left serves nobody any more: its clients have gone before.
    const rest = {
      ...cluster,
      target: { kind: 'sinkron', urls: others(cluster, leaving) },
    } as const;
    const [replacing, replacedMs] = await during(rest, generator, replace);
    const setting = { locks: LOCKS, pairsPerSecond: PAIRS_PER_SECOND };
    return { ...setting, normal, joining, joinedMs, replacing, replacedMs };
  } finally {
    await generator.close();
    await cluster.close();
  }
}

async function during(
  cluster: SinkronCluster,
  generator: LoadGenerator,
  change: () => Promise<void>,
): Promise<readonly [result: MeasurementResult, tookMs: number]> {
  const startedAt = performance.now();
  const [result, tookMs] = await Promise.all([
    measure(cluster, generator, order(0)),
    change().then(() => performance.now() - startedAt),
  ]);
  if (tookMs > MEASURE_MS) throw new Error(`it took ${tookMs} ms, longer than was measured`);
  return [result, tookMs];
}

function order(warmUpMs: number): LoadOrder {
  return {
    kind: 'open-loop',
    clients: CLIENTS,
    pairsPerSecond: PAIRS_PER_SECOND,
    window: { warmUpMs, measureMs: MEASURE_MS },
  };
}

function others({ servers, urls }: SinkronCluster, leaving: string): readonly string[] {
  return urls.filter((_, index) => servers[index]?.name !== leaving);
}

/** One that neither leads nor is asked by the bench itself. */
async function follower(cluster: SinkronCluster): Promise<string> {
  const leader = await cluster.leader();
  const found = cluster.servers.slice(1, NODES).find((server) => server !== leader);
  if (found === undefined) throw new Error('there is no follower');
  return found.name;
}

interface ClusterView {
  readonly members: readonly { readonly nodeId: string; readonly state: string }[];
  readonly groups: readonly {
    readonly id: string;
    readonly replicas: readonly string[];
    readonly changing: boolean;
  }[];
}

async function untilMember(cluster: SinkronCluster, name: string): Promise<void> {
  await untilView(cluster, `${name} is a member`, ({ members }) =>
    members.some(({ nodeId, state }) => nodeId === name && state === 'member'),
  );
}

async function untilVoting(cluster: SinkronCluster, name: string, left: string): Promise<void> {
  await untilView(cluster, `${name} votes in place of ${left}`, ({ groups }) =>
    groups.some(({ id, replicas, changing }) => {
      return (
        id === 'coordination' && !changing && replicas.includes(name) && !replicas.includes(left)
      );
    }),
  );
}

async function untilView(
  cluster: SinkronCluster,
  what: string,
  holds: (view: ClusterView) => boolean,
): Promise<void> {
  await eventually(what, READY_DEADLINE_MS, async () => {
    const view = await lookJson(`${cluster.urls[0] ?? ''}/v1/cluster`);
    return isView(view) && holds(view) ? true : undefined;
  });
}

/** The bench trusts the shape of what its own build answers, but not that it answers. */
function isView(view: object | null): view is ClusterView {
  return view !== null && 'members' in view && 'groups' in view;
}
