import { eventually } from '../../support/eventually.js';
import type { RealCluster } from '../../support/real-cluster.js';
import { readFuzzOptions } from '../fuzz-options.js';
import { expectServing, faultsInLogs } from '../http/aftermath.js';
import { inLanes } from '../lanes.js';
import { LANES } from '../limits.js';
import { growthFaults, memoryOf } from '../memory.js';
import { rawCommand } from '../wire/http-request.js';
import type { Recording } from './fake-node.js';
import { FrameConnection } from './frame-connection.js';
import { standingOf } from './standing.js';
import { strangerCases } from './stranger-cases.js';
import { startFuzzedCluster, takeThirdPlace } from './third-place.js';

const DEADLINE_MS = 30 * 60_000;
const WARM_UP_PART = 0.2;

const { frames, seed } = readFuzzOptions();

let cluster: RealCluster;
let ports: readonly number[];
let recording: Recording;

beforeAll(async () => {
  cluster = await startFuzzedCluster();
  // What the other nodes say to the third when it comes back is what a stranger sends again.
  const third = await takeThirdPlace(cluster);
  const { fake } = third;
  ({ ports } = third);
  await eventually('both nodes have called', 30_000, () =>
    fake.recording.conversations.filter(({ length }) => length > 10).length >= 2 ? true : undefined,
  );
  await fake.close();
  ({ recording } = fake);
  await cluster.node(2).start();
}, 90_000);

afterAll(async () => {
  await cluster?.close();
});

it(
  'strangers have no effect',
  async () => {
    const startedAt = performance.now();
    await fuzzStrangers(frames * WARM_UP_PART, seed);
    const [memoryBefore, before] = [await memoryOf(cluster), await standingOf(cluster)];
    await fuzzStrangers(frames * (1 - WARM_UP_PART), seed + LANES);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const [memoryAfter, after] = [await memoryOf(cluster), await standingOf(cluster)];
    process.stderr.write(
      `${frames} strangers in ${seconds} s, seed ${seed}; memory: ${memoryBefore.join(', ')} MiB before, ${memoryAfter.join(', ')} MiB after\n`,
    );
    expect(after).toEqual(before);
    expect(growthFaults(memoryBefore, memoryAfter)).toEqual([]);
  },
  DEADLINE_MS,
);

it('all nodes serve', async () => {
  await expectServing(cluster);
  expect(faultsInLogs(cluster).filter((line) => !line.includes('SIGKILL'))).toEqual([]);
}, 60_000);

async function fuzzStrangers(runs: number, firstSeed: number): Promise<void> {
  const options = { lanes: LANES, runs, seed: firstSeed };
  await inLanes(options, strangerCases(recording), (lane) => {
    const node = cluster.node(lane % cluster.size);
    const port = ports[lane % cluster.size] ?? 0;
    return async ({ label, bytes }) => {
      const connection = new FrameConnection(port);
      connection.write(bytes);
      const faults = (await connection.end()) ? [] : ['the connection was not closed'];
      const kinds = connection.packets.map(({ response }) => JSON.stringify(response));
      if (kinds.some((text) => text?.includes('"accepted"')))
        faults.push('a stranger was accepted');
      if (node.pid === undefined) faults.push(`${node.nodeId} has died`);
      if (faults.length === 0) return;
      throw new Error([label, ...faults, rawCommand(port, bytes)].join('\n  '));
    };
  });
}
