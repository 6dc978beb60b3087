import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { RealCluster } from '../../support/real-cluster.js';
import { readFuzzOptions } from '../fuzz-options.js';
import { expectServing, faultsInLogs } from '../http/aftermath.js';
import { inLanes } from '../lanes.js';
import { growthFaults, memoryOf } from '../memory.js';
import type { FakeNode } from './fake-node.js';
import { sessionCases } from './session-cases.js';
import { startFuzzedCluster, takeThirdPlace } from './third-place.js';

const DEADLINE_MS = 30 * 60_000;
const WARM_UP_PART = 0.2;
/** One lane: a member has one connection for each channel, and a new one replaces it. */
const LANES = 1;
/** Milliseconds for the node to read what was sent before it is looked at. */
const READ_MS = 2;

const { frames, seed } = readFuzzOptions();

let cluster: RealCluster;
let ports: readonly number[];
let fake: FakeNode;

beforeAll(async () => {
  cluster = await startFuzzedCluster();
  ({ ports, fake } = await takeThirdPlace(cluster));
  await eventually('the leader has spoken to the third', 30_000, () =>
    (fake.recording.events.get('raft')?.length ?? 0) > 5 ? true : undefined,
  );
}, 90_000);

afterAll(async () => {
  await fake?.close();
  await cluster?.close();
});

it(
  'a member whose program is broken does not take the others down',
  async () => {
    await fuzzSessions(frames * WARM_UP_PART, seed);
    const memoryBefore = await memoryOf(cluster, 2);
    await fuzzSessions(frames * (1 - WARM_UP_PART), seed + LANES);
    const memoryAfter = await memoryOf(cluster, 2);
    process.stderr.write(
      `${frames} cases in sessions, seed ${seed}; memory: ${memoryBefore.join(', ')} MiB before, ${memoryAfter.join(', ')} MiB after\n`,
    );
    expect(growthFaults(memoryBefore, memoryAfter)).toEqual([]);
  },
  DEADLINE_MS,
);

it('the cluster serves, and the lock is still held', async () => {
  await fake.close();
  await cluster.node(2).start();
  await expectServing(cluster);
  const held = await cluster.http(1).get('/v1/locks/held');
  expect(held.body).toMatchObject({ holders: [{ owner: 'me', token: 1 }] });
  expect(faultsInLogs(cluster).filter((line) => !line.includes('SIGKILL'))).toEqual([]);
}, 90_000);

async function fuzzSessions(runs: number, firstSeed: number): Promise<void> {
  const options = { lanes: LANES, runs, seed: firstSeed };
  await inLanes(options, sessionCases(fake.recording), () => {
    let turn = 0;
    return async ({ label, channel, frames: packets }) => {
      turn += 1;
      const node = cluster.node(turn % 2);
      const connection = await fake.call(node.nodeId, ports[turn % 2] ?? 0, channel);
      for (const packet of packets) connection?.write(packet);
      await delay(READ_MS);
      connection?.destroy();
      const dead = [0, 1].filter((index) => cluster.node(index).pid === undefined);
      if (dead.length === 0) return;
      const names = dead.map((index) => cluster.node(index).nodeId).join(', ');
      const sent = packets.map((packet) => packet.toString('hex')).join(' ');
      const why = dead.flatMap((index) => cluster.node(index).log.slice(-5));
      for (const index of dead) await cluster.node(index).start();
      throw new Error([`${label} (${channel}) killed ${names}:`, sent, ...why].join('\n  '));
    };
  });
}
