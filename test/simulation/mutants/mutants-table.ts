import { hunt, MUTANTS, MUTANT_SEEDS_MAX } from './mutants.js';

const HEAD = `# Mutants

Deliberate bugs that the simulator's checks must catch, each within ${MUTANT_SEEDS_MAX} seeds. Written by
\`npm run sim -- --mutants\`; see [the simulator](simulation.md) for what they are made of.

`;

/** Hunts every mutant from seed 1 on. @returns a Markdown document, and the names of those that got away. */
export function mutantsTable(say: (line: string) => void): {
  readonly document: string;
  readonly missed: readonly string[];
} {
  const rows: string[][] = [];
  const missed: string[] = [];
  for (const [name, mutant] of Object.entries(MUTANTS)) {
    const caught = hunt(mutant, 1, MUTANT_SEEDS_MAX);
    if (caught === null) missed.push(name);
    const { violation, seed } = caught ?? { violation: 'nothing', seed: `> ${MUTANT_SEEDS_MAX}` };
    rows.push([name, violation, String(seed)]);
    say(`${name}: ${violation}, seed ${seed}`);
  }
  return { document: `${HEAD}${aligned(['bug', 'caught by', 'seeds'], rows)}`, missed };
}

/** A table as the formatter would have it. */
function aligned(titles: readonly string[], rows: readonly string[][]): string {
  const widths = titles.map((title, column) => {
    return Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0));
  });
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`;
  return [line(titles, ' '), line([], '-'), ...rows.map((row) => line(row, ' '))].join('');
}
