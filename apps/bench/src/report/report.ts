import type { LocksResult } from '../locks/locks-bench.js';
import type { QueuesResult } from '../queues/queues-bench.js';
import { QUEUE_SCENARIOS } from '../queues/scenarios.js';
import type { Scenario } from '../measuring/scenario.js';
import { backlogGoals, queueGoals } from './queue-goals.js';
import { FAILOVER, SCENARIOS } from '../locks/scenarios.js';
import {
  goalTable,
  heldLocksGoals,
  memberChangesGoals,
  scenarioGoals,
  sessionsGoals,
  type Goal,
} from './goals.js';
import type { Machine } from './machine.js';
import { figure } from './markdown-table.js';
import { scenarioTable } from './scenario-table.js';
import { summarize, type Summary } from './summary.js';

/** Everything that came out, for people and as JSON. */
export interface Report {
  readonly machine: Machine;
  readonly summaries: readonly Summary[];
  readonly goals: readonly Goal[];
  readonly markdown: string;
}

export function makeReport(machine: Machine, result: LocksResult): Report {
  const scenarios = [...SCENARIOS, FAILOVER];
  const summaries = summariesOf(scenarios, result);
  const goals = [
    ...scenarioGoals(summaries, result.systems[0]?.id ?? ''),
    ...(result.heldLocks === null ? [] : heldLocksGoals(result.heldLocks)),
    ...(result.memberChanges === null ? [] : memberChangesGoals(result.memberChanges)),
    ...(result.sessions === null ? [] : sessionsGoals(result.sessions)),
  ];
  const markdown = [
    machineText(machine),
    scenarioTable(scenarios, result.systems, summaries),
    goalTable(goals),
    problemsText(result),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  return { machine, summaries, goals, markdown };
}

/** The same of queues. */
export function makeQueuesReport(machine: Machine, result: QueuesResult): Report {
  const summaries = summariesOf(QUEUE_SCENARIOS, result);
  const goals = [
    ...queueGoals(summaries, result.systems[0]?.id ?? ''),
    ...(result.backlog === null ? [] : backlogGoals(result.backlog)),
  ];
  const tables = [scenarioTable(QUEUE_SCENARIOS, result.systems, summaries), goalTable(goals)];
  const markdown = [machineText(machine), ...tables].join('\n\n');
  return { machine, summaries, goals, markdown };
}

function summariesOf(
  scenarios: readonly Pick<Scenario, 'id' | 'latency'>[],
  { systems, measurements }: Pick<QueuesResult, 'systems' | 'measurements'>,
): readonly Summary[] {
  return scenarios.flatMap(({ id, latency }) =>
    systems.flatMap((system) => {
      const own = measurements.filter((one) => one.scenario === id && one.system === system.id);
      return own.length === 0 ? [] : [summarize(id, system.id, latency, own)];
    }),
  );
}

function machineText(machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- Measured ${machine.date}, commit ${machine.commit}, by \`${machine.command}\``,
    `- Machine: ${machine.cpu}, ${machine.memory}, ${machine.system}, data on ${machine.disk};`,
    `  load average before the run ${figure(machine.loadBefore)}`,
    `- Versions: ${versions.join(', ')}`,
  ].join('\n');
}

function problemsText({ heldLocks }: LocksResult): string {
  const problems = heldLocks?.problems ?? [];
  if (problems.length === 0) return '';
  return ['Not measured:', '', ...problems.map((problem) => `- ${problem}`)].join('\n');
}
