import { writeFileSync } from 'node:fs';
import { COVERING_SEEDS_MIN, playBatch } from './batch.js';
import { readCommandLine, USAGE } from './command-line.js';
import { mutantsTable } from './mutants/mutants-table.js';
import { Simulation, type RunReport } from './simulation.js';
import type { Workload } from './workload/workload.js';
import { QUEUE_SITUATIONS, SITUATIONS, type Coverage, type Situation } from './world/coverage.js';

const command = readCommandLine(process.argv.slice(2));
switch (command.kind) {
  case 'one':
    process.exitCode = playOne(command.serves, command.seed, command.trace);
    break;
  case 'batch':
    process.exitCode = play(command.serves, command.from, command.seeds);
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

function playOne(serves: Workload['serves'], seed: number, trace: boolean): number {
  const report = new Simulation({ serves, seed, ...(trace ? { print: say } : {}) }).play();
  say(summary(report));
  say(`options ${JSON.stringify(report.options)}`);
  sayCoverage(report.coverage, situationsOf(serves));
  if (report.failure === null) return 0;
  sayFailure(report, serves);
  return 1;
}

function play(serves: Workload['serves'], from: number, seeds: number): number {
  const situations = situationsOf(serves);
  const { runs, steps, operations, coverage, failed, unrepeatable } = playBatch({
    from,
    seeds,
    run: { serves },
    ran: (report) => say(summary(report)),
  });
  if (failed !== null) {
    sayFailure(failed, serves);
    return 1;
  }
  if (unrepeatable !== null) {
    say(`seed ${unrepeatable} gave two different runs: something in it is not drawn from the seed`);
    return 1;
  }
  sayCoverage(coverage, situations);
  say(`${runs} seeds, ${steps} events, ${operations} operations: every promise held`);
  const missing = coverage.missing(situations);
  if (seeds < COVERING_SEEDS_MIN[serves] || missing.length === 0) return 0;
  say(`never met, so nothing is proved about: ${missing.join('; ')}`);
  return 1;
}

function summary(report: RunReport): string {
  const { seed, options, steps, virtualUs, commitIndex, operations, traceHash } = report;
  const size = `${options.nodes} nodes, ${(virtualUs / 1_000_000).toFixed(1)} s, ${steps} events`;
  const work = `${operations} operations, ${commitIndex} entries committed`;
  return `seed ${seed}: ${size}, ${work}, trace ${traceHash}`;
}

function situationsOf(serves: Workload['serves']): readonly Situation[] {
  return serves === 'queues' ? QUEUE_SITUATIONS : SITUATIONS;
}

function sayCoverage(coverage: Coverage, situations: readonly Situation[]): void {
  for (const situation of situations) {
    say(`${String(coverage.count(situation)).padStart(8)}  ${situation}`);
  }
}

function sayFailure({ seed, steps, failure }: RunReport, serves: Workload['serves']): void {
  if (failure === null) return;
  say('');
  for (const line of failure.trace) say(line);
  say('');
  say(`seed ${seed} failed at event ${steps}: ${failure.error.stack ?? failure.error.message}`);
  const queues = serves === 'queues' ? '--queues ' : '';
  say(`replay it: npm run sim -- ${queues}--seed ${seed} --trace`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
