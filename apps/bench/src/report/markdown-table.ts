export type Alignment = 'left' | 'right';

export interface Column {
  readonly title: string;
  readonly alignment: Alignment;
}

/** A Markdown table as prettier would leave it. */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, index) => {
    const cells = rows.map((row) => row[index]?.length ?? 0);
    return Math.max(title.length, 3, ...cells);
  });
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ alignment }, index) => {
      const cell = cells[index] ?? '';
      const width = widths[index] ?? 0;
      return alignment === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = columns.map(({ alignment }, index) => {
    const width = widths[index] ?? 0;
    return alignment === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
  });
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
}

/** A number with three significant digits or as a whole, thousands apart; `—` for none. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '—';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** How many times `ours` is of `theirs`; `—` when either is missing. */
export function ratio(ours: number | null, theirs: number | null): string {
  if (ours === null || theirs === null || theirs === 0) return '—';
  return `${figure(ours / theirs)} ×`;
}
