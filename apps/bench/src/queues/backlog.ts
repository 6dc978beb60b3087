import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGenerator } from '../processes/load-generator.js';
import { anonymousKib } from '../processes/process-usage.js';
import { measure } from '../measuring/measure.js';
import type { MeasurementResult } from '../measuring/measurement.js';
import type { SystemPlan } from '../systems/system-under-test.js';

const MESSAGES = 1_000_000;
const BODY_BYTES = 1_024;
const CLIENTS = 32;
const BATCH = 100;
const TOPICS = 3;
/** Messages of the short queue that the long one is compared with. */
const SHORT_FILL = 100_000;
/** A longer filling is none; below what the load generator may take in all. */
const FILL_MS_MAX = 110_000;
const LOAD = {
  clients: CLIENTS,
  batch: BATCH,
  bodyBytes: BODY_BYTES,
  fillMsMax: FILL_MS_MAX,
};
const WINDOW = { warmUpMs: 0, measureMs: 10_000 };
/** Milliseconds of rest before the memory is read, so that what is garbage may go. */
const SETTLE_MS = 5_000;
const KIB_PER_MIB = 1_024;

/** What a long queue costs. */
export interface BacklogMeasurement {
  readonly messages: number;
  readonly bodyBytes: number;
  /** MiB of each node, with the backlog. */
  readonly anonymousMib: readonly number[];
  /** All nodes killed and started: until all are ready. */
  readonly restartMs: number;
  /** Consuming and acknowledging a short queue, and the long one. */
  readonly short: MeasurementResult;
  readonly long: MeasurementResult;
}

/** Publishes many messages, restarts the cluster and consumes. */
export async function runBacklog(
  plan: SystemPlan,
  createGenerator: () => LoadGenerator,
  say: (text: string) => void,
): Promise<BacklogMeasurement> {
  const system = await plan.start();
  const generator = createGenerator();
  const consume = async (prefix: string, fill: number): Promise<MeasurementResult> => {
    const topics = { prefix, count: TOPICS };
    const setting = { ...LOAD, fill };
    return await measure(system, generator, {
      kind: 'consume',
      topics,
      ...setting,
      window: WINDOW,
    });
  };
  try {
    say(`${plan.label}: a short queue`);
    // The first one compiles; the second one counts.
    await consume('warm', SHORT_FILL);
    const short = await consume('short', SHORT_FILL);
    say(`${plan.label}: ${MESSAGES.toLocaleString('en-US')} messages`);
    const none = { ...WINDOW, measureMs: 1 };
    const topics = { prefix: 'long', count: TOPICS };
    const setting = { ...LOAD, fill: MESSAGES };
    await measure(system, generator, { kind: 'consume', topics, ...setting, window: none });
    await sleep(SETTLE_MS);
    const anonymousMib = system.servers.map(({ pid = 0 }) => anonymousKib(pid) / KIB_PER_MIB);
    const long = await consume('long', 0);
    say(`${plan.label}: restart`);
    await Promise.all(system.servers.map(async (server) => await server.kill()));
    const startedAt = performance.now();
    for (const server of system.servers) server.start();
    await system.untilReady();
    const restartMs = performance.now() - startedAt;
    return { messages: MESSAGES, bodyBytes: BODY_BYTES, anonymousMib, restartMs, short, long };
  } finally {
    await generator.close();
    await system.close();
  }
}
