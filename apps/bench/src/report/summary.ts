import { Latency } from '../load/latency.js';
import type { Measurement } from '../measuring/measurement.js';

const MS_PER_SECOND = 1_000;

/** One scenario with one system, over all rounds. */
export interface Summary {
  readonly scenario: string;
  readonly system: string;
  /** Rounds that gave something. */
  readonly rounds: number;
  /** Operations a second; null when no round gave anything. */
  readonly rate: { readonly median: number; readonly min: number; readonly max: number } | null;
  /** Of all rounds together; null when nothing was recorded. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Medians of the rounds. */
  readonly serverCores: number | null;
  readonly loadCores: number | null;
  /** Failed operations of all rounds, by code; a round that failed as a whole counts one. */
  readonly failures: Readonly<Record<string, number>>;
}

/**
 * Sums the rounds of one scenario and system up.
 *
 * @param latencyName which of the outcome's latencies is meant.
 */
export function summarize(
  scenario: string,
  system: string,
  latencyName: string,
  measurements: readonly Measurement[],
): Summary {
  const latency = Latency.empty();
  const failures = new Map<string, number>();
  const rates: number[] = [];
  const serverCores: number[] = [];
  const loadCores: number[] = [];
  const fail = (code: string, times: number): void => {
    failures.set(code, (failures.get(code) ?? 0) + times);
  };
  for (const { result } of measurements) {
    if (result.kind === 'failed') {
      fail(result.code, 1);
      continue;
    }
    const { outcome } = result;
    for (const [code, times] of Object.entries(outcome.failures)) fail(code, times);
    if (outcome.operations === 0) continue;
    rates.push(outcome.operations / (outcome.measuredMs / MS_PER_SECOND));
    serverCores.push(result.serverCores);
    loadCores.push(outcome.loadCores);
    const encoded = outcome.latencies[latencyName];
    if (encoded !== undefined) latency.add(Latency.decode(encoded));
  }
  const middle = median(rates);
  return {
    scenario,
    system,
    rounds: rates.length,
    rate:
      middle === null ? null : { median: middle, min: Math.min(...rates), max: Math.max(...rates) },
    p50Ms: latency.percentileMs(50),
    p95Ms: latency.percentileMs(95),
    p99Ms: latency.percentileMs(99),
    maxMs: latency.percentileMs(100),
    serverCores: median(serverCores),
    loadCores: median(loadCores),
    failures: Object.fromEntries(failures),
  };
}

/** The middle value, the mean of the two middle ones when they are even; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
