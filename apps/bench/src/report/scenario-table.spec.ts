import { scenarioTable } from './scenario-table.js';
import type { Summary } from './summary.js';

function summary(scenario: string, system: string, median: number, p50Ms: number): Summary {
  return {
    scenario,
    system,
    rounds: 1,
    rate: { median, min: median, max: median },
    p50Ms,
    p95Ms: p50Ms * 2,
    p99Ms: p50Ms * 4,
    maxMs: p50Ms * 8,
    serverCores: 1.25,
    loadCores: 0.5,
    failures: {},
  };
}

describe('scenarioTable', () => {
  it('puts the systems side by side, ours against each', () => {
    const systems = [
      { id: 'sinkron-3', label: 'Sinkron' },
      { id: 'etcd-3', label: 'etcd' },
    ];
    const scenarios = [
      { id: 'pairs', title: 'pairs', rate: 'pairs/s' },
      { id: 'failover', title: 'failover', rate: null },
      { id: 'absent', title: 'not run', rate: 'pairs/s' },
    ];
    const summaries: Summary[] = [
      {
        ...summary('pairs', 'sinkron-3', 3_200, 20),
        rate: { median: 3_200, min: 3_000, max: 3_333.4 },
      },
      { ...summary('pairs', 'etcd-3', 800, 80), failures: { HELD: 1_200 } },
      summary('failover', 'sinkron-3', 1, 650),
      { ...summary('failover', 'etcd-3', 1, 1_300), rate: null },
    ];
    expect(scenarioTable(scenarios, systems, summaries).split('\n')).toEqual([
      '| scenario | system  |         per second (rounds) | ours / its | p50 ms | p95 ms | p99 ms | ours / its p50 | server cores | load cores | failed       |',
      '| -------- | ------- | --------------------------: | ---------: | -----: | -----: | -----: | -------------: | -----------: | ---------: | ------------ |',
      '| pairs    | Sinkron | 3,200 pairs/s (3,000–3,333) |            |   20.0 |   40.0 |   80.0 |                |         1.25 |       0.50 |              |',
      '|          | etcd    |                 800 pairs/s |     4.00 × |   80.0 |    160 |    320 |         0.25 × |         1.25 |       0.50 | HELD × 1,200 |',
      '| failover | Sinkron |                           — |            |    650 |  1,300 |  2,600 |                |            — |          — |              |',
      '|          | etcd    |                           — |          — |  1,300 |  2,600 |  5,200 |         0.50 × |            — |          — |              |',
    ]);
  });
});
