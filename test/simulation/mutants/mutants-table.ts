import { hunt, MUTANTS, MUTANT_SEEDS_MAX } from './mutants.js';

const HEAD = `# Mutants

Deliberate bugs that the simulator's checks must catch, each within ${MUTANT_SEEDS_MAX} seeds. Written by
\`npm run sim -- --mutants\`; see [the simulator](simulation.md) for what they are made of.

| bug | caught by | seeds |
| --- | --------- | ----- |
`;

/** Hunts every mutant from seed 1 on. @returns a Markdown document, and the names of those that got away. */
export function mutantsTable(say: (line: string) => void): {
  readonly document: string;
  readonly missed: readonly string[];
} {
  const rows: string[] = [];
  const missed: string[] = [];
  for (const [name, mutant] of Object.entries(MUTANTS)) {
    const caught = hunt(mutant, 1, MUTANT_SEEDS_MAX);
    if (caught?.expected !== true) missed.push(name);
    const { violation, seed } = caught ?? { violation: 'nothing', seed: `> ${MUTANT_SEEDS_MAX}` };
    rows.push(`| ${name} | ${violation} | ${seed} |`);
    say(rows.at(-1) ?? '');
  }
  return { document: `${HEAD}${rows.join('\n')}\n`, missed };
}
