import type { QueueOperation } from '../../queues/queue-operation.js';
import type { Call } from '../clients/calls/call.js';
import type { Episode } from '../nemesis/nemesis.js';
import type { Sample } from '../observe/sampler.js';
import { count, drawBars, empty, type Bars } from './bars.js';
import { escape, rectangle, seconds, text } from './svg.js';

export interface TimelineInput {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly episodes: readonly Episode[];
  readonly samples: readonly Sample[];
  readonly calls: readonly Call[];
  readonly operations: readonly QueueOperation[];
  /** Length of the run, milliseconds. */
  readonly lengthMs: number;
}

const LEFT = 110;
const WIDTH = 1_180;
const ROW = 22;
const CHART = 120;
const MESSAGES = 70;
const TICKS = 12;
const TERM_COLOURS = ['#2a6fbb', '#c8553d', '#4f9d69', '#8e5ea2', '#c9a227', '#3b8ea5', '#a23b72'];
const TRACKS = [
  { track: 'processes', label: 'process, disk', colour: '#d9822b' },
  { track: 'links', label: 'links', colour: '#7d6bb0' },
  { track: 'members', label: 'members', colour: '#5b7f95' },
] as const;

const CALL_COLOURS = { below: '#4f9d69', above: '#c8553d' };
const MESSAGE_COLOURS = { below: '#3b8ea5', above: '#c9a227' };

/** A picture of a run: faults, who leads by each node's word, answers and failures, and
 *  messages of queues over time. SVG. */
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
  parts.push(
    drawBars(callBars(input), CALL_COLOURS, { y: y + 8, height: CHART, left: LEFT, scale }),
  );
  y += CHART + 8;
  parts.push(
    drawBars(messageBars(input), MESSAGE_COLOURS, {
      y: y + 8,
      height: MESSAGES,
      left: LEFT,
      scale,
    }),
  );
  y += MESSAGES + 8;
  parts.push(drawAxis(lengthMs, y, scale));
  const height = y + 76;
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

/** Calls by when they returned: below those that were answered, above the others. */
function callBars({ calls, lengthMs }: TimelineInput): Bars {
  const bars: Bars = { ...empty(lengthMs), label: 'calls/s' };
  for (const { outcome, returnedAt } of calls) {
    count(bars, outcome.kind === 'answered' ? bars.below : bars.above, returnedAt, 1);
  }
  return bars;
}

/** Messages of queues: below those that were published, above those that were delivered. */
function messageBars({ operations, lengthMs }: TimelineInput): Bars {
  const bars: Bars = { ...empty(lengthMs), label: 'messages/s' };
  for (const call of operations) {
    if (call.outcome !== 'done') continue;
    if (call.kind === 'publish') count(bars, bars.below, call.until, call.messages.length);
    if (call.kind === 'receive') count(bars, bars.above, call.until, call.messages.length);
  }
  return bars;
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
    [CALL_COLOURS.below, 'calls answered'],
    [CALL_COLOURS.above, 'refused or unknown'],
    [MESSAGE_COLOURS.below, 'messages published'],
    [MESSAGE_COLOURS.above, 'delivered'],
    [TERM_COLOURS[0] ?? '', 'names a leader (colour: term); tall: itself'],
    ['#f3c6c6', 'knows no leader'],
    ['#aaa', 'stopped (SIGSTOP)'],
    ['#222', 'down'],
  ];
  let x = LEFT;
  return entries
    .map(([colour, label]) => {
      const entry = `${rectangle(x, y, 10, 10, colour)}${text(x + 14, y + 9, label)}`;
      x += 28 + label.length * 5.4;
      return entry;
    })
    .join('');
}
