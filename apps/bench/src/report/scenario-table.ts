import { figure, markdownTable, ratio, type Column } from './markdown-table.js';
import type { Summary } from './summary.js';

export interface TableScenario {
  readonly id: string;
  readonly title: string;
  /** What is counted each second; null where the rate says nothing. */
  readonly rate: string | null;
}

export interface TableSystem {
  readonly id: string;
  readonly label: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'scenario', alignment: 'left' },
  { title: 'system', alignment: 'left' },
  { title: 'per second (rounds)', alignment: 'right' },
  { title: 'ours / its', alignment: 'right' },
  { title: 'p50 ms', alignment: 'right' },
  { title: 'p95 ms', alignment: 'right' },
  { title: 'p99 ms', alignment: 'right' },
  { title: 'ours / its p50', alignment: 'right' },
  { title: 'server cores', alignment: 'right' },
  { title: 'load cores', alignment: 'right' },
  { title: 'failed', alignment: 'left' },
];

/**
 * The table of all scenarios side by side.
 *
 * @param systems the first is ours, which ratios are made of.
 */
export function scenarioTable(
  scenarios: readonly TableScenario[],
  systems: readonly TableSystem[],
  summaries: readonly Summary[],
): string {
  const rows = scenarios.flatMap((scenario) => {
    const own = summaries.filter((summary) => summary.scenario === scenario.id);
    const ours = own.find((summary) => summary.system === systems[0]?.id) ?? null;
    let title = scenario.title;
    return systems.flatMap((system) => {
      const summary = own.find((candidate) => candidate.system === system.id);
      if (summary === undefined) return [];
      const cells = [title, system.label, ...summaryCells(scenario, summary, ours)];
      title = '';
      return [cells];
    });
  });
  return markdownTable(COLUMNS, rows);
}

function summaryCells(
  scenario: TableScenario,
  summary: Summary,
  ours: Summary | null,
): readonly string[] {
  const isOurs = summary.system === ours?.system;
  const rate = scenario.rate === null ? null : summary.rate;
  const ourRate = scenario.rate === null ? null : (ours?.rate?.median ?? null);
  return [
    rateCell(rate, scenario.rate),
    isOurs ? '' : ratio(ourRate, rate?.median ?? null),
    figure(summary.p50Ms),
    figure(summary.p95Ms),
    figure(summary.p99Ms),
    isOurs ? '' : ratio(ours?.p50Ms ?? null, summary.p50Ms),
    figure(scenario.rate === null ? null : summary.serverCores),
    figure(scenario.rate === null ? null : summary.loadCores),
    failuresCell(summary.failures),
  ];
}

/** `790 pairs/s (772–812)`: the median, and the lowest and highest round. */
function rateCell(rate: Summary['rate'], unit: string | null): string {
  if (rate === null || unit === null) return '—';
  const range = rate.min === rate.max ? '' : ` (${figure(rate.min)}–${figure(rate.max)})`;
  return `${figure(rate.median)} ${unit}${range}`;
}

function failuresCell(failures: Summary['failures']): string {
  return Object.entries(failures)
    .map(([code, times]) => `${code} × ${times.toLocaleString('en-US')}`)
    .join(', ');
}
