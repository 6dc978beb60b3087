import { writeFileSync } from 'node:fs';
import { COVERING_SEEDS_MIN, playBatch } from './batch.js';
import { readCommandLine, USAGE } from './command-line.js';
import { mutantsTable } from './mutants/mutants-table.js';
import { Simulation, type RunReport } from './simulation.js';
import { SITUATIONS, type Coverage } from './world/coverage.js';

const command = readCommandLine(process.argv.slice(2));
switch (command.kind) {
  case 'one':
    process.exitCode = playOne(command.seed, command.trace);
    break;
  case 'batch':
    process.exitCode = play(command.from, command.seeds);
    break;
  case 'mutants':
    process.exitCode = huntMutants();
    break;
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'refused':
    process.stderr.write(`${command.reason}\n${USAGE}`);
    process.exitCode = 2;
}

function huntMutants(): number {
  const { document, missed } = mutantsTable(say);
  writeFileSync('docs/mutants.md', document);
  if (missed.length === 0) return 0;
  say(`not caught by the checks that are meant: ${missed.join('; ')}`);
  return 1;
}

function playOne(seed: number, trace: boolean): number {
  const report = new Simulation({ seed, ...(trace ? { print: say } : {}) }).play();
  say(summary(report));
  say(`options ${JSON.stringify(report.options)}`);
  sayCoverage(report.coverage);
  if (report.failure === null) return 0;
  sayFailure(report);
  return 1;
}

function play(from: number, seeds: number): number {
  const { runs, steps, operations, coverage, failed, unrepeatable } = playBatch({
    from,
    seeds,
    ran: (report) => say(summary(report)),
  });
  if (failed !== null) {
    sayFailure(failed);
    return 1;
  }
  if (unrepeatable !== null) {
    say(`seed ${unrepeatable} gave two different runs: something in it is not drawn from the seed`);
    return 1;
  }
  sayCoverage(coverage);
  say(`${runs} seeds, ${steps} events, ${operations} operations: every promise held`);
  if (seeds < COVERING_SEEDS_MIN || coverage.missing.length === 0) return 0;
  say(`never met, so nothing is proved about: ${coverage.missing.join('; ')}`);
  return 1;
}

function summary(report: RunReport): string {
  const { seed, options, steps, virtualUs, commitIndex, operations, traceHash } = report;
  const size = `${options.nodes} nodes, ${(virtualUs / 1_000_000).toFixed(1)} s, ${steps} events`;
  const work = `${operations} operations, ${commitIndex} entries committed`;
  return `seed ${seed}: ${size}, ${work}, trace ${traceHash}`;
}

function sayCoverage(coverage: Coverage): void {
  for (const situation of SITUATIONS) {
    say(`${String(coverage.count(situation)).padStart(8)}  ${situation}`);
  }
}

function sayFailure({ seed, steps, failure }: RunReport): void {
  if (failure === null) return;
  say('');
  for (const line of failure.trace) say(line);
  say('');
  say(`seed ${seed} failed at event ${steps}: ${failure.error.stack ?? failure.error.message}`);
  say(`replay it: npm run sim -- --seed ${seed} --trace`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
