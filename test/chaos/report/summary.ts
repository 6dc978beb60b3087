import type { Finding } from '../checks/check.js';
import type { GroupTally } from '../checks/queues/queue-checks.js';
import type { Call } from '../clients/calls/call.js';
import { VIOLATIONS_SHOWN_MAX } from '../limits.js';
import type { Episode } from '../nemesis/nemesis.js';

export interface SummaryInput {
  readonly command: string;
  readonly seed: number;
  readonly nodes: number;
  /** When it was begun, ISO 8601. */
  readonly begunAt: string;
  readonly lengthMs: number;
  readonly findings: readonly Finding[];
  readonly episodes: readonly Episode[];
  readonly calls: readonly Call[];
  readonly tallies: readonly GroupTally[];
  /** Faults that could not be had here, and why. */
  readonly leftOut: readonly string[];
}

/** Whether every promise was kept, as far as it was checked. */
export function isClean(findings: readonly Finding[]): boolean {
  return findings.every(({ violations }) => violations.length === 0);
}

/** The report of a run for people, in Markdown. */
export function writeSummary(input: SummaryInput): string {
  const { findings, episodes, calls, tallies, leftOut } = input;
  const verdict = isClean(findings) ? 'Every promise held.' : '**A promise was broken.**';
  const length = `${(input.lengthMs / 1_000).toFixed(0)} s`;
  return [
    `# Chaos, seed ${input.seed}`,
    '',
    `${verdict} ${input.nodes} nodes, ${length}, ${calls.length} calls, begun ${input.begunAt}.`,
    '',
    `Again, with the same faults at the same times: \`${input.command}\`. What the cluster makes of them differs from run to run: processes, disks and sockets are real.`,
    '',
    '![faults, leaders, calls](timeline.svg)',
    '',
    '## Promises',
    '',
    ...findings.flatMap(describeFinding),
    '',
    '## Calls',
    '',
    '| operation | calls | answers and outcomes |',
    '| --- | --- | --- |',
    ...outcomeRows(calls),
    '',
    '## Queues',
    '',
    'In messages. Published: answered with 201, and of unknown outcome. Delivered again: because of a nack, the end of a stream (return), or a visibility that passed.',
    '',
    '| group | published | unknown | delivered | acknowledged | delivered again | why | dead letters |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...tallies.map(tallyRow),
    '',
    '## Faults',
    '',
    ...leftOut.map((reason) => `Left out: ${reason}.\n`),
    '| from (s) | to (s) | fault | nodes |',
    '| --- | --- | --- | --- |',
    ...episodes
      .toSorted((left, right) => left.from - right.from)
      .map(
        ({ from, to, text, nodes }) =>
          `| ${(from / 1_000).toFixed(1)} | ${(to / 1_000).toFixed(1)} | ${text} | ${nodes.join(', ')} |`,
      ),
    '',
    '## Files',
    '',
    '`history.jsonl`: the calls about locks and sessions, for the linearizability checker. `queues.jsonl` and `queues-end.json`: what was done with messages, and what stood in the groups at the end. `calls.jsonl`: every call with all its tries. `logs/`: what each node wrote.',
    '',
  ].join('\n');
}

/** One line for each promise, for a terminal. */
export function briefly({ promise, seen, violations, skipped }: Finding): string {
  if (skipped !== null) return `-     ${promise}: not checked, ${skipped}`;
  if (violations.length === 0) return `ok    ${promise} (${seen})`;
  const shown = violations.slice(0, VIOLATIONS_SHOWN_MAX).map((text) => `        ${text}`);
  return [`FAIL  ${promise} (${seen}): ${violations.length}`, ...shown].join('\n');
}

function describeFinding({ promise, seen, violations, skipped }: Finding): readonly string[] {
  if (skipped !== null) return [`- ${promise}: not checked, ${skipped}`];
  if (violations.length === 0) return [`- ${promise}: held (${seen})`];
  const shown = violations.slice(0, VIOLATIONS_SHOWN_MAX);
  const more = violations.length - shown.length;
  return [
    `- **${promise}: broken ${violations.length} times** (${seen})`,
    ...shown.map((text) => `  - ${text.replaceAll('\n', '\n    ')}`),
    ...(more > 0 ? [`  - … and ${more} more`] : []),
  ];
}

function tallyRow(tally: GroupTally): string {
  const { topic, group, published, publishedPerhaps, delivered, acknowledged } = tally;
  const why = Object.entries(tally.causes)
    .filter(([, times]) => times > 0)
    .map(([cause, times]) => `${cause} ${times}`)
    .join(', ');
  const counts = [published, publishedPerhaps, delivered, acknowledged, tally.redelivered];
  return `| ${topic}/${group} | ${counts.join(' | ')} | ${why} | ${tally.deadLettered} |`;
}

function outcomeRows(calls: readonly Call[]): readonly string[] {
  const byOperation = new Map<string, Map<string, number>>();
  for (const { request, outcome } of calls) {
    const counts = byOperation.get(request.operation) ?? new Map<string, number>();
    byOperation.set(request.operation, counts);
    const name =
      outcome.kind === 'answered' ? (outcome.code ?? String(outcome.status)) : describe(outcome);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...byOperation].map(([operation, counts]) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const parts = [...counts].toSorted((left, right) => right[1] - left[1]);
    const texts = parts.map(([name, count]) => `${name} ${count}`);
    return `| ${operation} | ${total} | ${texts.join(', ')} |`;
  });
}

function describe(
  outcome: { readonly kind: 'refused'; readonly code: string } | { readonly kind: 'unknown' },
): string {
  return outcome.kind === 'refused' ? `refused: ${outcome.code}` : 'unknown';
}
