import { RealCluster } from '../../support/real-cluster.js';
import { requestCases } from '../cases/request-cases.js';
import { scriptCases } from '../cases/script-cases.js';
import { ApiDocument } from '../document/api-document.js';
import { readFuzzOptions } from '../fuzz-options.js';
import { inLanes } from '../lanes.js';
import { LANES } from '../limits.js';
import { growthFaults, memoryOf } from '../memory.js';
import { rawCommand } from '../wire/http-request.js';
import { cleanUp, expectServing, faultsInLogs, queuesEmpty, strangeState } from './aftermath.js';
import { Judge, resultOf } from './judge.js';
import { LiveState } from './live-state.js';
import { RequestLane, type LaneContext } from './request-lane.js';
import { SlowClients } from './slow-clients.js';
import { Tally } from './tally.js';
import { play } from './wire-script.js';

/** One script for so many requests. */
const REQUESTS_PER_SCRIPT = 10;
/** The first part of a run warms the nodes up, before their memory is measured. */
const WARM_UP_PART = 0.2;
const DEADLINE_MS = 30 * 60_000;

const { requests, seed } = readFuzzOptions();
const scripts = Math.ceil(requests / REQUESTS_PER_SCRIPT);
const document = ApiDocument.read();

let cluster: RealCluster;
let context: LaneContext;
let slow: SlowClients;
let memoryBefore: readonly number[] = [];

beforeAll(async () => {
  cluster = await RealCluster.start({ nodes: 3, env: { LOG_LEVEL: 'warn' } });
  context = { cluster, judge: new Judge(document), state: new LiveState(), tally: new Tally() };
  slow = new SlowClients(portOf(0));
}, 60_000);

afterAll(async () => {
  await cluster?.close();
});

it(
  'requests get documented answers',
  async () => {
    const startedAt = performance.now();
    await fuzzRequests(requests * WARM_UP_PART, seed);
    memoryBefore = await memoryOf(cluster);
    await fuzzRequests(requests * (1 - WARM_UP_PART), seed + LANES);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const { tally } = context;
    say([`${tally.total} requests in ${seconds} s, seed ${seed}:`, ...tally.summary()]);
    // A run in which nothing is granted, or everything is refused, would prove little.
    for (const [operation, result] of [
      ['acquireLock', '200'],
      ['acquireLock', '409 LOCK_HELD'],
      ['acquireMultiLock', '200'],
      ['releaseLock', '200'],
      ['createSession', '201'],
      ['configureTopic', '201'],
      ['publishMessages', '201'],
      ['receiveMessages', '200'],
      ['ackMessages', '200'],
      ['streamMessages', '200'],
      ['getLock', '200'],
      ['getLock', '400 VALIDATION_FAILED'],
    ] as const) {
      expect([operation, result, tally.count(operation, result) > 0]).toEqual([
        operation,
        result,
        true,
      ]);
    }
    expect(context.state.queues.settled).toBeGreaterThan(0);
  },
  DEADLINE_MS,
);

it(
  'bytes on a bare connection have no effect but a documented answer',
  async () => {
    const { judge } = context;
    const tally = new Tally();
    await inLanes({ lanes: LANES, runs: scripts, seed }, scriptCases(document), (lane) => {
      const node = cluster.node(lane % cluster.size);
      const port = portOf(lane % cluster.size);
      return async (script) => {
        const { answers, faults } = await play(port, script);
        for (const answer of answers) tally.add('script', resultOf(answer));
        const all = [...faults, ...answers.flatMap((one) => judge.faultsOfAny(one, node.nodeId))];
        if (node.pid === undefined) all.push(`${node.nodeId} has died`);
        if (all.length === 0) return;
        const bytes = Buffer.concat(script.packets);
        throw new Error([script.label, ...all, rawCommand(port, bytes)].join('\n  '));
      };
    });
    say([`${scripts} scripts, seed ${seed}:`, ...tally.summary()]);
  },
  DEADLINE_MS,
);

it('clients that never finish a request are cut off', async () => {
  expect(await slow.faults()).toEqual([]);
});

it('nothing is left that no request has asked for, and all nodes serve', async () => {
  await queuesEmpty(cluster);
  expect(await strangeState(cluster, context.state)).toEqual([]);
  await cleanUp(cluster);
  await expectServing(cluster);
  expect(faultsInLogs(cluster)).toEqual([]);
}, 120_000);

it('memory does not grow without bound', async () => {
  const memoryAfter = await memoryOf(cluster);
  say([`memory: ${memoryBefore.join(', ')} MiB before, ${memoryAfter.join(', ')} MiB after`]);
  expect(memoryBefore).toHaveLength(cluster.size);
  expect(growthFaults(memoryBefore, memoryAfter)).toEqual([]);
});

async function fuzzRequests(runs: number, firstSeed: number): Promise<void> {
  const lanes: RequestLane[] = [];
  try {
    await inLanes({ lanes: LANES, runs, seed: firstSeed }, requestCases(document), () => {
      const lane = new RequestLane(context);
      lanes.push(lane);
      return async (requestCase) => await lane.run(requestCase);
    });
  } finally {
    for (const lane of lanes) lane.close();
  }
}

function portOf(node: number): number {
  return Number(new URL(cluster.node(node).httpUrl).port);
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}
