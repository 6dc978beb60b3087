import { MUTANTS } from './mutants/mutants.js';
import { playBatch } from './batch.js';
for (const [name, parts] of Object.entries(MUTANTS)) {
  const t = performance.now();
  const r = playBatch({ from: 1, seeds: 300, parts, ran: () => {} });
  process.stdout.write(
    `${name}: ${r.runs} runs ${(performance.now() - t).toFixed(0)}ms ${r.failed?.failure?.error.stack?.slice(0, 800)} ${r.unrepeatable}\n`,
  );
}
