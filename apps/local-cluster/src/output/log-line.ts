import { nodeColour, type Colour, type Painter } from './colour.js';

/** pino's levels, by the lowest number that has the name. */
interface Level {
  readonly from: number;
  readonly name: string;
  readonly colour: Colour;
}
const TRACE: Level = { from: 0, name: 'TRACE', colour: 'dim' };
const LEVELS: readonly Level[] = [
  { from: 60, name: 'FATAL', colour: 'red' },
  { from: 50, name: 'ERROR', colour: 'red' },
  { from: 40, name: 'WARN ', colour: 'yellow' },
  { from: 30, name: 'INFO ', colour: 'green' },
  { from: 20, name: 'DEBUG', colour: 'dim' },
];
/** Fields that every line has, or that the line shows in its own way. */
const HIDDEN = new Set(['level', 'time', 'pid', 'hostname', 'nodeId', 'msg', 'err', 'v']);

export interface LogSource {
  readonly number: number;
  readonly nodeId: string;
}

/**
 * One line that a node wrote, for people: time, node, level, message, other fields.
 * A line that is no pino object (a crash report, a library's print) is shown as it is.
 */
export function formatLogLine(source: LogSource, line: string, paint: Painter): string {
  const node = paint(nodeColour(source.number), source.nodeId);
  const entry = parse(line);
  if (entry === null) return `${' '.repeat(12)} ${node} ${printable(line)}`;
  const level = LEVELS.find(({ from }) => entry.level >= from) ?? TRACE;
  const time = paint('dim', timeOfDay(entry.time));
  const { msg } = entry;
  const message = printable(typeof msg === 'string' ? msg : shown(msg ?? ''));
  const fields = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => paint('dim', `${printable(key)}=${printable(shown(value))}`));
  const head = [time, node, paint(level.colour, level.name), message, ...fields].filter(
    (part) => part !== '',
  );
  return head.join(' ') + errorText(entry['err']);
}

interface PinoEntry extends Readonly<Record<string, unknown>> {
  readonly level: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

function parse(line: string): PinoEntry | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    if (!('level' in value) || typeof value.level !== 'number') return null;
    if (!('time' in value) || typeof value.time !== 'number') return null;
    return { ...value, level: value.level, time: value.time };
  } catch {
    return null;
  }
}

function timeOfDay(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '??:??:??.???';
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string' && !/[\s="]/.test(value)) return value;
  return JSON.stringify(value) ?? '';
}

/** pino's `err`: the stack under the line when there is one, else type and message. */
function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const stack = 'stack' in error && typeof error.stack === 'string' ? error.stack : '';
  const text = stack === '' ? (JSON.stringify(error) ?? '') : stack;
  return text
    .split('\n')
    .map((line) => `\n    ${printable(line)}`)
    .join('');
}

/** Control characters made visible, so that nothing logged can drive the reader's terminal. */
function printable(value: string): string {
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  return value.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
