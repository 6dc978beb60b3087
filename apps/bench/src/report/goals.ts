import type { EventLoopDelay } from '../locks/event-loop-delay.js';
import type { HeldLocksMeasurement } from '../locks/held-locks.js';
import { Latency } from '../load/latency.js';
import type { MeasurementResult } from '../measuring/measurement.js';
import type { MemberChangesMeasurement } from '../locks/member-changes.js';
import type { SessionsMeasurement } from '../locks/sessions.js';
import { figure, markdownTable, type Column } from './markdown-table.js';
import type { Summary } from './summary.js';

/** A bar that was set before anything was measured. */
export interface Goal {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  /** Null when it was not measured. */
  readonly met: boolean | null;
}

const PAIRS_RATIO_MIN = 4;
const OPEN_LOOP_P95_MS_MAX = 10;
const HAND_OVER_P50_MS_MAX = 5;
const ANONYMOUS_MIB_MAX = 400;
const RESTART_MS_MAX = 10_000;
const DELAY_P99_MS_MAX = 50;
const SESSION_CORES_MAX = 0.25;
const MEMBER_CHANGE_P99_TIMES_MAX = 5;
const MS_PER_SECOND = 1_000;

const COLUMNS: readonly Column[] = [
  { title: 'goal', alignment: 'left' },
  { title: 'bar', alignment: 'left' },
  { title: 'measured', alignment: 'left' },
  { title: 'met', alignment: 'left' },
];

export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ what, bar, measured, met }) => {
    return [what, bar, measured, met === null ? '—' : met ? 'yes' : 'NO'];
  });
  return markdownTable(COLUMNS, rows);
}

/**
 * The goals that the side-by-side scenarios decide.
 *
 * @param ours the system that they are set for.
 */
export function scenarioGoals(summaries: readonly Summary[], ours: string): readonly Goal[] {
  const find = (scenario: string, system: string): Summary | null =>
    summaries.find((one) => one.scenario === scenario && one.system === system) ?? null;
  const pairs = find('pairs-64', ours)?.rate?.median ?? null;
  const theirs = find('pairs-64', 'etcd-3')?.rate?.median ?? null;
  const times = pairs === null || theirs === null ? null : pairs / theirs;
  const openLoop = find('open-loop-500', ours)?.p95Ms ?? null;
  const handOver = find('hand-over', ours)?.p50Ms ?? null;
  return [
    {
      what: 'uncontended pairs/s at 64 clients, against etcd in the same run',
      bar: `at least ${PAIRS_RATIO_MIN} ×`,
      measured: times === null ? '—' : `${figure(times)} × (${figure(pairs)} to ${figure(theirs)})`,
      met: times === null ? null : times >= PAIRS_RATIO_MIN,
    },
    below('500 pairs/s begun at fixed times: p95', openLoop, OPEN_LOOP_P95_MS_MAX),
    below('hand-over of a contended lock: p50', handOver, HAND_OVER_P50_MS_MAX),
  ];
}

export function heldLocksGoals(held: HeldLocksMeasurement): readonly Goal[] {
  const locks = `${held.locks.toLocaleString('en-US')} held locks`;
  const memory = held.anonymousMib === null ? null : Math.max(...held.anonymousMib);
  const restart: Goal = {
    what: `${locks}: all nodes killed and started, until all are ready and a lock is read`,
    bar: `below ${RESTART_MS_MAX / MS_PER_SECOND} s`,
    measured: held.restartMs === null ? '—' : `${figure(held.restartMs / MS_PER_SECOND)} s`,
    met: held.restartMs === null ? null : held.restartMs < RESTART_MS_MAX,
  };
  return [
    {
      what: `${locks}: anonymous memory of the largest node`,
      bar: `below ${ANONYMOUS_MIB_MAX} MiB`,
      measured: memory === null ? '—' : `${figure(memory)} MiB`,
      met: memory === null ? null : memory < ANONYMOUS_MIB_MAX,
    },
    restart,
    delayGoal(
      `${locks}: event-loop delay p99 while a node that missed them gets the log`,
      held.logCatchUp?.delay ?? null,
      held.logCatchUp?.ms ?? null,
    ),
    delayGoal(
      `${locks}: event-loop delay p99 while a snapshot is streamed to a node that was down`,
      held.snapshotCatchUp?.delay ?? null,
      held.snapshotCatchUp?.ms ?? null,
    ),
    delayGoal(
      `${locks}: event-loop delay p99 while their session ends`,
      held.endDelay,
      held.endedMs,
    ),
  ];
}

export function sessionsGoals(measurements: readonly SessionsMeasurement[]): readonly Goal[] {
  return measurements.map(({ sessions, ttlMs, keepAliveMs, result }) => {
    const every = `one each ${keepAliveMs / MS_PER_SECOND} s (TTL ${ttlMs / MS_PER_SECOND} s)`;
    const cores = result.kind === 'measured' ? result.serverCores : null;
    const code = result.kind === 'failed' ? `failed: ${result.code}` : '—';
    const failures = result.kind === 'measured' ? Object.values(result.outcome.failures) : [];
    const failed = failures.reduce((sum, times) => sum + times, 0);
    const suffix = failed === 0 ? '' : `, ${failed.toLocaleString('en-US')} keep-alives FAILED`;
    return {
      what: `${sessions.toLocaleString('en-US')} sessions with keep-alives, ${every}: all nodes`,
      bar: `below ${SESSION_CORES_MAX} cores`,
      measured: cores === null ? code : `${figure(cores)} cores${suffix}`,
      met: cores === null ? null : cores < SESSION_CORES_MAX && failed === 0,
    };
  });
}

export function memberChangesGoals(changes: MemberChangesMeasurement): readonly Goal[] {
  const { locks, pairsPerSecond, normal, joining, joinedMs, replacing, replacedMs } = changes;
  const held = `${locks.toLocaleString('en-US')} held locks, ${pairsPerSecond} pairs/s`;
  return [
    memberChangeGoal(
      `${held}: p99 of acquires while a fourth node joins`,
      normal,
      joining,
      joinedMs,
    ),
    memberChangeGoal(
      `${held}: p99 of acquires while it gets all locks and the vote of one that leaves`,
      normal,
      replacing,
      replacedMs,
    ),
  ];
}

function memberChangeGoal(
  what: string,
  normal: MeasurementResult,
  changing: MeasurementResult,
  tookMs: number,
): Goal {
  const [before, during] = [acquireP99Ms(normal), acquireP99Ms(changing)];
  const failures = changing.kind === 'measured' ? Object.entries(changing.outcome.failures) : [];
  const failed = failures.map(([code, times]) => `, ${times} FAILED with ${code}`).join('');
  const known = before !== null && during !== null;
  return {
    what,
    bar: `below ${MEMBER_CHANGE_P99_TIMES_MAX} × the normal one, none fails`,
    measured: known
      ? `${figure(during / before)} × (${figure(before)} ms to ${figure(during)} ms), ` +
        `done in ${figure(tookMs / MS_PER_SECOND)} s${failed}`
      : '—',
    met: known ? during < MEMBER_CHANGE_P99_TIMES_MAX * before && failed === '' : null,
  };
}

function acquireP99Ms(result: MeasurementResult): number | null {
  const encoded = result.kind === 'measured' ? result.outcome.latencies['acquire'] : undefined;
  return encoded === undefined ? null : Latency.decode(encoded).percentileMs(99);
}

function delayGoal(
  what: string,
  delays: readonly EventLoopDelay[] | null,
  tookMs: number | null,
): Goal {
  const known = delays !== null && delays.length > 0 && tookMs !== null;
  const p99Ms = known ? Math.max(...delays.map((delay) => delay.p99Ms)) : null;
  const maxMs = known ? Math.max(...delays.map((delay) => delay.maxMs)) : null;
  const seconds = tookMs === null ? null : tookMs / MS_PER_SECOND;
  return {
    what,
    bar: `below ${DELAY_P99_MS_MAX} ms`,
    measured:
      p99Ms === null ? '—' : `${figure(p99Ms)} ms (max ${figure(maxMs)} ms, ${figure(seconds)} s)`,
    met: p99Ms === null ? null : p99Ms < DELAY_P99_MS_MAX,
  };
}

function below(what: string, measuredMs: number | null, barMs: number): Goal {
  return {
    what,
    bar: `below ${barMs} ms`,
    measured: measuredMs === null ? '—' : `${figure(measuredMs)} ms`,
    met: measuredMs === null ? null : measuredMs < barMs,
  };
}
