import { Latency } from '../load/latency.js';
import type { Measurement } from '../measuring/measurement.js';
import { median, summarize } from './summary.js';

function encoded(...durationsMs: number[]): string {
  const latency = Latency.empty();
  for (const durationMs of durationsMs) latency.record(durationMs);
  return latency.encoded();
}

function measured(round: number, operations: number, durationsMs: number[]): Measurement {
  return {
    scenario: 'pairs-1',
    system: 'etcd-3',
    round,
    result: {
      kind: 'measured',
      serverCores: round / 10,
      outcome: {
        operations,
        measuredMs: 2_000,
        latencies: { pair: encoded(...durationsMs), acquire: encoded(0.5) },
        failures: round === 1 ? { LOCK_HELD: 2 } : { LOCK_HELD: 1, ECONNRESET: 1 },
        loadCores: round,
      },
    },
  };
}

describe('summarize', () => {
  it('takes medians of the rounds and percentiles of everything together', () => {
    const rounds = [
      measured(1, 200, [1, 2, 3]),
      measured(2, 800, [4]),
      measured(3, 400, [5, 6, 7, 8, 9, 10]),
    ];
    expect(summarize('pairs-1', 'etcd-3', 'pair', rounds)).toEqual({
      scenario: 'pairs-1',
      system: 'etcd-3',
      rounds: 3,
      rate: { median: 200, min: 100, max: 400 },
      p50Ms: 5.003,
      p95Ms: 10.007,
      p99Ms: 10.007,
      maxMs: 10.007,
      serverCores: 0.2,
      loadCores: 2,
      failures: { LOCK_HELD: 4, ECONNRESET: 2 },
    });
  });

  it('leaves a round without success out, and counts its failures', () => {
    const failed: Measurement = {
      scenario: 'pairs-1',
      system: 'etcd-3',
      round: 2,
      result: { kind: 'failed', code: 'ECONNREFUSED', message: 'connect' },
    };
    const summary = summarize('pairs-1', 'etcd-3', 'pair', [
      measured(1, 100, [2]),
      failed,
      measured(3, 0, []),
    ]);
    expect(summary.rounds).toBe(1);
    expect(summary.rate).toEqual({ median: 50, min: 50, max: 50 });
    expect(summary.p99Ms).toBe(2);
    expect(summary.failures).toEqual({ LOCK_HELD: 3, ECONNREFUSED: 1, ECONNRESET: 1 });
  });

  it('has no numbers when no round gave anything', () => {
    const summary = summarize('pairs-1', 'etcd-3', 'pair', []);
    expect(summary).toMatchObject({ rounds: 0, rate: null, p50Ms: null, serverCores: null });
  });
});

describe('median', () => {
  it.each([
    [[], null],
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 2, 4, 100], 7],
  ])('of %j is %j', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
