import { rectangle, text } from './svg.js';

/** How much there was in each stretch of a run, of two kinds that stand upon each other. */
export interface Bars {
  readonly bucketMs: number;
  readonly below: number[];
  readonly above: number[];
  /** Of the highest bar, which is put in numbers for a second. */
  readonly label: string;
}

export interface BarsPlace {
  readonly y: number;
  readonly height: number;
  /** Where time begins, as `scale` has it. */
  readonly left: number;
  /** Place of a time, which is milliseconds since the start of the run. */
  readonly scale: (at: number) => number;
}

const BUCKETS_MAX = 240;
const BUCKET_MS_MIN = 250;
const LABEL_X = 10;

/** @param lengthMs of the run. */
export function empty(lengthMs: number): Omit<Bars, 'label'> {
  const bucketMs = Math.max(BUCKET_MS_MIN, Math.ceil(lengthMs / BUCKETS_MAX));
  const buckets = Math.max(1, Math.ceil(lengthMs / bucketMs));
  const zeros = (): number[] => Array.from({ length: buckets }, () => 0);
  return { bucketMs, below: zeros(), above: zeros() };
}

/** Adds to one of the kinds. What comes after the end counts for the last stretch. */
export function count({ bucketMs }: Bars, kind: number[], at: number, amount: number): void {
  const bucket = Math.min(kind.length - 1, Math.floor(at / bucketMs));
  kind[bucket] = (kind[bucket] ?? 0) + amount;
}

/** SVG. */
export function drawBars(
  { bucketMs, below, above, label }: Bars,
  colours: { readonly below: string; readonly above: string },
  { y, height, left, scale }: BarsPlace,
): string {
  const most = Math.max(1, ...below.map((value, place) => value + (above[place] ?? 0)));
  const width = scale(bucketMs) - scale(0);
  const bars = below.map((low, place) => {
    const x = scale(place * bucketMs);
    const lowHeight = (low / most) * height;
    const highHeight = ((above[place] ?? 0) / most) * height;
    const lowBar = rectangle(x, y + height - lowHeight, width, lowHeight, colours.below);
    const highY = y + height - lowHeight - highHeight;
    return `${lowBar}${rectangle(x, highY, width, highHeight, colours.above)}`;
  });
  const perSecond = Math.round((most * 1_000) / bucketMs);
  const end = scale(below.length * bucketMs);
  const line = `<line x1="${left}" y1="${y}" x2="${end.toFixed(1)}" y2="${y}" stroke="#ddd"/>`;
  return `${text(LABEL_X, y + 12, `${perSecond} ${label}`)}${bars.join('')}${line}`;
}
