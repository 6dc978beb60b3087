import { Latency } from '../load/latency.js';
import type { MeasurementResult } from '../measuring/measurement.js';
import { heldLocksGoals, memberChangesGoals, scenarioGoals, sessionsGoals } from './goals.js';
import { summarize, type Summary } from './summary.js';

const NOTHING = summarize('', '', '', []);

function withRate(scenario: string, system: string, median: number): Summary {
  return { ...NOTHING, scenario, system, rate: { median, min: median, max: median } };
}

describe('goals', () => {
  it('are decided by what was measured', () => {
    const summaries = [
      withRate('pairs-64', 'sinkron-3', 3_200),
      withRate('pairs-64', 'etcd-3', 800),
      { ...NOTHING, scenario: 'open-loop-500', system: 'sinkron-3', p95Ms: 10 },
      { ...NOTHING, scenario: 'hand-over', system: 'sinkron-4', p50Ms: 1 },
    ];
    expect(scenarioGoals(summaries, 'sinkron-3')).toEqual([
      {
        what: 'uncontended pairs/s at 64 clients, against etcd in the same run',
        bar: 'at least 4 ×',
        measured: '4.00 × (3,200 to 800)',
        met: true,
      },
      {
        what: '500 pairs/s begun at fixed times: p95',
        bar: 'below 10 ms',
        measured: '10.0 ms',
        met: false,
      },
      {
        what: 'hand-over of a contended lock: p50',
        bar: 'below 5 ms',
        measured: '—',
        met: null,
      },
    ]);
  });

  it('of sessions need every keep-alive to succeed', () => {
    const outcome = { operations: 40_000, measuredMs: 20_000, latencies: {}, loadCores: 0.1 };
    const runs: readonly Readonly<Record<string, number>>[] = [{}, { SESSION_NOT_FOUND: 1_200 }];
    const goals = sessionsGoals(
      runs.map((failures) => ({
        sessions: 10_000,
        ttlMs: 15_000,
        keepAliveMs: 5_000,
        result: { kind: 'measured', serverCores: 0.24, outcome: { ...outcome, failures } },
      })),
    );
    const what = '10,000 sessions with keep-alives, one each 5 s (TTL 15 s): all nodes';
    const bar = 'below 0.25 cores';
    expect(goals).toEqual([
      { what, bar, measured: '0.24 cores', met: true },
      { what, bar, measured: '0.24 cores, 1,200 keep-alives FAILED', met: false },
    ]);
  });

  it('of held locks go by the worst node', () => {
    const goals = heldLocksGoals({
      locks: 100_000,
      takenPerSecond: 3_000,
      anonymousMib: [210, 401, 300],
      logCatchUp: {
        ms: 1_500,
        delay: [
          { p99Ms: 3, maxMs: 80 },
          { p99Ms: 49, maxMs: 60 },
        ],
      },
      snapshotCatchUp: { ms: 2_000, delay: [{ p99Ms: 51, maxMs: 60 }] },
      restartMs: 9_990,
      endedMs: null,
      endDelay: null,
      problems: [],
    });
    expect(goals.map(({ measured, met }) => [measured, met])).toEqual([
      ['401 MiB', false],
      ['9.99 s', true],
      ['49.0 ms (max 80.0 ms, 1.50 s)', true],
      ['51.0 ms (max 60.0 ms, 2.00 s)', false],
      ['—', null],
    ]);
  });

  it('of members compare the change with what is normal, and suffer no failure', () => {
    const measured = (
      ms: number,
      failures: Readonly<Record<string, number>>,
    ): MeasurementResult => {
      const latency = Latency.empty();
      latency.record(ms);
      const outcome = { operations: 1, measuredMs: 1_000, loadCores: 0, failures };
      const latencies = { acquire: latency.encoded() };
      return { kind: 'measured', serverCores: 1, outcome: { ...outcome, latencies } };
    };
    const goals = memberChangesGoals({
      locks: 100_000,
      pairsPerSecond: 100,
      normal: measured(10, {}),
      joining: measured(20, {}),
      joinedMs: 2_000,
      replacing: measured(20, { NO_LEADER: 3 }),
      replacedMs: 4_000,
    });
    expect(goals.map(({ measured: text, met }) => [text, met])).toEqual([
      ['2.00 × (10.0 ms to 20.0 ms), done in 2.00 s', true],
      ['2.00 × (10.0 ms to 20.0 ms), done in 4.00 s, 3 FAILED with NO_LEADER', false],
    ]);
  });
});
