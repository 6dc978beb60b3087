import type { Call } from '../clients/calls/call.js';
import type { Episode } from '../nemesis/nemesis.js';
import type { Sample } from '../observe/sampler.js';

export interface TimelineInput {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly episodes: readonly Episode[];
  readonly samples: readonly Sample[];
  readonly calls: readonly Call[];
  /** Length of the run, milliseconds. */
  readonly lengthMs: number;
}

const LEFT = 110;
const WIDTH = 1_180;
const ROW = 22;
const CHART = 120;
const TICKS = 12;
const BUCKETS_MAX = 240;
const TERM_COLOURS = ['#2a6fbb', '#c8553d', '#4f9d69', '#8e5ea2', '#c9a227', '#3b8ea5', '#a23b72'];
const TRACKS = [
  { track: 'processes', label: 'process, disk', colour: '#d9822b' },
  { track: 'links', label: 'links', colour: '#7d6bb0' },
  { track: 'members', label: 'members', colour: '#5b7f95' },
] as const;

/** A picture of a run: faults, who leads by each node's word, answers and failures over time. SVG. */
export function drawTimeline(input: TimelineInput): string {
  const { nodes, lengthMs } = input;
  const scale = (at: number): number => LEFT + (at / lengthMs) * (WIDTH - LEFT - 20);
  const parts: string[] = [text(10, 18, input.title, 'font-weight="bold"')];
  let y = 34;
  for (const { track, label, colour } of TRACKS) {
    parts.push(text(10, y + 15, label));
    for (const episode of input.episodes) {
      if (episode.track === track) parts.push(drawEpisode(episode, y, scale, colour));
    }
    y += ROW;
  }
  for (const nodeId of nodes) {
    parts.push(text(10, y + 15, nodeId), drawNode(nodeId, input.samples, y, scale, lengthMs));
    y += ROW;
  }
  parts.push(drawChart(input, y + 8, scale), drawAxis(lengthMs, y + 8 + CHART, scale));
  const height = y + CHART + 84;
  parts.push(drawLegend(height - 28));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function drawEpisode(
  episode: Episode,
  y: number,
  scale: (at: number) => number,
  colour: string,
): string {
  const { from, to, nodes } = episode;
  const title = `${episode.text}: ${nodes.join(', ')} (${seconds(from)} to ${seconds(to)} s)`;
  const width = Math.max(2, scale(to) - scale(from));
  const label = episode.text.slice(0, Math.floor(width / 6));
  return `<g><title>${escape(title)}</title>${rectangle(scale(from), y + 2, width, ROW - 6, colour)}${text(scale(from) + 2, y + 14, label, 'fill="#fff" font-size="10"')}</g>`;
}

/** Colour: the term whose leader the node names. Full height: it names itself. */
function drawNode(
  nodeId: string,
  samples: readonly Sample[],
  y: number,
  scale: (at: number) => number,
  lengthMs: number,
): string {
  const own = samples.filter((sample) => sample.nodeId === nodeId);
  const runs = own.map((sample, place) => {
    const until = own[place + 1]?.at ?? lengthMs;
    const { colour, height } = lookOf(sample);
    const width = Math.max(0.5, scale(until) - scale(sample.at));
    return rectangle(scale(sample.at), y + ROW - 4 - height, width, height, colour);
  });
  return runs.join('');
}

function lookOf({ state, leader, term, nodeId }: Sample): { colour: string; height: number } {
  if (state === 'down') return { colour: '#222', height: 3 };
  if (state === 'paused') return { colour: '#aaa', height: ROW - 6 };
  if (leader === null) return { colour: '#f3c6c6', height: 8 };
  const colour = TERM_COLOURS[term % TERM_COLOURS.length] ?? '#000';
  return { colour, height: leader === nodeId ? ROW - 6 : 5 };
}

function drawChart(
  { calls, lengthMs }: TimelineInput,
  y: number,
  scale: (at: number) => number,
): string {
  const bucketMs = Math.max(250, Math.ceil(lengthMs / BUCKETS_MAX));
  const count = Math.ceil(lengthMs / bucketMs);
  const answered = Array.from({ length: count }, () => 0);
  const failed = Array.from({ length: count }, () => 0);
  for (const { outcome, returnedAt } of calls) {
    const bucket = Math.min(count - 1, Math.floor(returnedAt / bucketMs));
    const counts = outcome.kind === 'answered' ? answered : failed;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const most = Math.max(1, ...answered.map((value, place) => value + (failed[place] ?? 0)));
  const bars = answered.map((good, place) => {
    const bad = failed[place] ?? 0;
    const [x, width] = [scale(place * bucketMs), scale(bucketMs) - scale(0)];
    const [goodHeight, badHeight] = [(good / most) * CHART, (bad / most) * CHART];
    const goodBar = rectangle(x, y + CHART - goodHeight, width, goodHeight, '#4f9d69');
    return `${goodBar}${rectangle(x, y + CHART - goodHeight - badHeight, width, badHeight, '#c8553d')}`;
  });
  const perSecond = Math.round((most * 1_000) / bucketMs);
  const label = `${perSecond} calls/s`;
  return `${text(10, y + 12, label)}${bars.join('')}<line x1="${LEFT}" y1="${y}" x2="${WIDTH - 20}" y2="${y}" stroke="#ddd"/>`;
}

function drawAxis(lengthMs: number, y: number, scale: (at: number) => number): string {
  const step = lengthMs / TICKS;
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => {
    const x = scale(tick * step).toFixed(1);
    return `<line x1="${x}" y1="${y}" x2="${x}" y2="${y + 5}" stroke="#555"/>${text(Number(x) - 8, y + 18, seconds(tick * step))}`;
  });
  return `<line x1="${LEFT}" y1="${y}" x2="${WIDTH - 20}" y2="${y}" stroke="#555"/>${ticks.join('')}`;
}

function drawLegend(y: number): string {
  const entries: readonly (readonly [string, string])[] = [
    ['#4f9d69', 'calls that were answered'],
    ['#c8553d', 'refused (503, no connection) or unknown'],
    [TERM_COLOURS[0] ?? '', 'node names a leader (a colour for each term); tall: itself'],
    ['#f3c6c6', 'knows no leader'],
    ['#aaa', 'stopped (SIGSTOP)'],
    ['#222', 'down'],
  ];
  let x = LEFT;
  return entries
    .map(([colour, label]) => {
      const entry = `${rectangle(x, y, 10, 10, colour)}${text(x + 14, y + 9, label)}`;
      x += 28 + label.length * 5.6;
      return entry;
    })
    .join('');
}

function rectangle(x: number, y: number, width: number, height: number, colour: string): string {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escape(content)}</text>`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
