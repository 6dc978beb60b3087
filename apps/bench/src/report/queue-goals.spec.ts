import type { MeasurementResult } from '../measuring/measurement.js';
import { backlogGoals, queueGoals } from './queue-goals.js';
import { summarize, type Summary } from './summary.js';

const NOTHING = summarize('', '', '', []);

function withRate(scenario: string, system: string, median: number): Summary {
  return { ...NOTHING, scenario, system, rate: { median, min: median, max: median } };
}

function consumed(operations: number): MeasurementResult {
  const outcome = { operations, measuredMs: 1_000, latencies: {}, failures: {}, loadCores: 0 };
  return { kind: 'measured', serverCores: 1, outcome };
}

describe('goals of queues', () => {
  it('tell JetStream as it comes from one that flushes', () => {
    const goals = queueGoals(
      [
        withRate('publish-100', 'sinkron-3', 50_000),
        withRate('publish-100', 'nats-as-it-comes', 20_000),
        withRate('publish-100', 'nats-synchronous-files', 10_000),
        { ...NOTHING, scenario: 'end-to-end-1000-by-1', system: 'sinkron-3', p95Ms: 15 },
        { ...NOTHING, scenario: 'end-to-end-1000-by-100', system: 'sinkron-3', p95Ms: 14.9 },
      ],
      'sinkron-3',
    );
    expect(goals.map(({ measured, met }) => [measured, met])).toEqual([
      ['2.50 × (50,000 to 20,000)', true],
      ['5.00 × (50,000 to 10,000)', false],
      ['—', null],
      ['15.0 ms', false],
      ['14.9 ms', true],
    ]);
  });

  it('of a backlog go by the largest node and by what was consumed', () => {
    const setting = { messages: 1_000_000, bodyBytes: 1_024, anonymousMib: [100, 513, 200] };
    const goals = backlogGoals({
      ...setting,
      restartMs: 14_900,
      short: consumed(10_000),
      long: consumed(8_000),
    });
    expect(goals.map(({ measured, met }) => [measured, met])).toEqual([
      ['513 MiB', false],
      ['14.9 s', true],
      ['0.80 × (8,000 to 10,000 messages/s)', true],
    ]);
  });
});
