import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { RealCluster } from '../support/real-cluster.js';
import { GROWTH_MIB_MAX, REST_MS } from './limits.js';

/** MiB of anonymous memory of each node, or of the first ones, after a rest. */
export async function memoryOf(
  cluster: RealCluster,
  nodes = cluster.size,
): Promise<readonly number[]> {
  await delay(REST_MS);
  return Array.from({ length: nodes }, (_, index) => {
    const { pid, nodeId } = cluster.node(index);
    if (pid === undefined) throw new Error(`${nodeId} does not run`);
    const [, kib] =
      /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib) / 1_024);
  });
}

/** What is wrong with the memory at the end of a run. */
export function growthFaults(
  before: readonly number[],
  after: readonly number[],
): readonly string[] {
  return after.flatMap((mib, index) => {
    const growth = mib - (before[index] ?? 0);
    return growth > GROWTH_MIB_MAX ? [`node${index + 1} grew by ${growth} MiB to ${mib} MiB`] : [];
  });
}
