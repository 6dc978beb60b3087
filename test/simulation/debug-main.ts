import { MUTANTS } from './mutants/mutants.js';
import { Simulation } from './simulation.js';
const [name, seed] = process.argv.slice(2);
const parts = Object.entries(MUTANTS).find(([n]) => n.includes(name ?? ''))?.[1];
new Simulation({
  seed: Number(seed),
  ...(parts && name !== 'none' ? { parts } : {}),
  print: (l) => process.stdout.write(l + '\n'),
}).play();
