import type { MeasurementResult } from '../measuring/measurement.js';
import type { BacklogMeasurement } from '../queues/backlog.js';
import type { Goal } from './goals.js';
import { figure } from './markdown-table.js';
import type { Summary } from './summary.js';

const PUBLISH_TIMES_MIN = 2;
const FLUSHED_PUBLISH_TIMES_MIN = 10;
const CONSUME_TIMES_MIN = 1.5;
const END_TO_END_P95_MS_MAX = 15;
const BACKLOG_MIB_MAX = 512;
const BACKLOG_RESTART_MS_MAX = 15_000;
const BACKLOG_RATE_MIN = 0.8;
const MS_PER_SECOND = 1_000;

/**
 * The goals that the side-by-side scenarios decide.
 *
 * @param ours the system that they are set for.
 */
export function queueGoals(summaries: readonly Summary[], ours: string): readonly Goal[] {
  const rate = (scenario: string, of: (system: string) => boolean): number | null =>
    summaries.find((one) => one.scenario === scenario && of(one.system))?.rate?.median ?? null;
  const asItComes = (system: string): boolean => system === 'nats-as-it-comes';
  const flushed = (system: string): boolean => system.startsWith('nats-') && !asItComes(system);
  const own = (system: string): boolean => system === ours;
  return [
    times(
      'publish, 100 a request, against JetStream R3 as it comes',
      rate('publish-100', own),
      rate('publish-100', asItComes),
      PUBLISH_TIMES_MIN,
    ),
    times(
      'publish, 100 a request, against JetStream R3 that flushes before it answers',
      rate('publish-100', own),
      rate('publish-100', flushed),
      FLUSHED_PUBLISH_TIMES_MIN,
    ),
    times(
      'consume + acknowledge, 100 a request, against JetStream R3 as it comes',
      rate('consume-100', own),
      rate('consume-100', asItComes),
      CONSUME_TIMES_MIN,
    ),
    ...[1, 100].map((batch) => {
      const scenario = `end-to-end-1000-by-${batch}`;
      const found = summaries.find((one) => one.scenario === scenario && own(one.system));
      return endToEnd(batch, found?.p95Ms ?? null);
    }),
  ];
}

export function backlogGoals(backlog: BacklogMeasurement): readonly Goal[] {
  const { messages, bodyBytes, anonymousMib, restartMs, short, long } = backlog;
  const held = `${messages.toLocaleString('en-US')} messages of ${bodyBytes} bytes`;
  const memory = Math.max(...anonymousMib);
  const [shortRate, longRate] = [rateOf(short), rateOf(long)];
  const known = shortRate !== null && longRate !== null;
  return [
    {
      what: `${held}: anonymous memory of the largest node`,
      bar: `below ${BACKLOG_MIB_MAX} MiB`,
      measured: `${figure(memory)} MiB`,
      met: memory < BACKLOG_MIB_MAX,
    },
    {
      what: `${held}: all nodes killed and started, until all are ready`,
      bar: `below ${BACKLOG_RESTART_MS_MAX / MS_PER_SECOND} s`,
      measured: `${figure(restartMs / MS_PER_SECOND)} s`,
      met: restartMs < BACKLOG_RESTART_MS_MAX,
    },
    {
      what: `${held}: consumed, against a short queue`,
      bar: `at least ${BACKLOG_RATE_MIN} ×`,
      measured: known
        ? `${figure(longRate / shortRate)} × (${figure(longRate)} to ${figure(shortRate)} messages/s)`
        : '—',
      met: known ? longRate / shortRate >= BACKLOG_RATE_MIN : null,
    },
  ];
}

function endToEnd(batch: number, p95Ms: number | null): Goal {
  return {
    what: `publish to receive at 1,000 messages/s, ${batch} a publish: p95`,
    bar: `below ${END_TO_END_P95_MS_MAX} ms`,
    measured: p95Ms === null ? '—' : `${figure(p95Ms)} ms`,
    met: p95Ms === null ? null : p95Ms < END_TO_END_P95_MS_MAX,
  };
}

function times(what: string, ours: number | null, theirs: number | null, min: number): Goal {
  const known = ours !== null && theirs !== null;
  return {
    what,
    bar: `at least ${min} ×`,
    measured: known ? `${figure(ours / theirs)} × (${figure(ours)} to ${figure(theirs)})` : '—',
    met: known ? ours / theirs >= min : null,
  };
}

function rateOf(result: MeasurementResult): number | null {
  if (result.kind === 'failed' || result.outcome.operations === 0) return null;
  return result.outcome.operations / (result.outcome.measuredMs / MS_PER_SECOND);
}
