import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SERVER_FILE } from '../support/server-process.js';
import { ChaosRun, type ChaosResult } from './chaos-run.js';
import { reviewQueues } from './checks/queues/queue-checks.js';
import { readEnds, readOperations } from './checks/queues/read-history.js';
import { readCommandLine, USAGE, type ChaosOptions } from './command-line.js';
import { briefly, isClean, writeSummary } from './report/summary.js';
import { drawTimeline } from './report/timeline.js';

const SEED_LIMIT = 2 ** 31;

const command = readCommandLine(process.argv.slice(2), Math.floor(Math.random() * SEED_LIMIT));
switch (command.kind) {
  case 'run':
    process.exitCode = await run(command.options);
    break;
  case 'check':
    process.exitCode = check(command.folder);
    break;
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'refused':
    process.stderr.write(`${command.reason}\n${USAGE}`);
    process.exitCode = 2;
}

/** The exit code: 0 when every promise held, 1 when one was broken. */
async function run(options: ChaosOptions): Promise<number> {
  const { minutes, seed, nodes } = options;
  const begunAt = new Date().toISOString();
  const folder = resolve(options.report ?? join('.chaos', `seed-${seed}`));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const repeat = `npm run chaos -- --minutes ${minutes} --seed ${seed} --nodes ${nodes}`;
  say(`${repeat}\n${folder}`);
  const serverFile = options.server === null ? SERVER_FILE : resolve(options.server);
  const chaos = await ChaosRun.prepare({ minutes, seed, nodes, folder, serverFile, say });
  let keep = true;
  const leave = (): void => {
    // The disks of an interrupted run are of no use to anybody.
    void chaos.close(false).finally(() => process.exit(130));
  };
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  try {
    const result = await chaos.play();
    report(result, options, { folder, begunAt, repeat });
    keep = options.keep || !isClean(result.findings);
    return isClean(result.findings) ? 0 : 1;
  } catch (error) {
    say(`the run broke off: ${error instanceof Error ? error.message : String(error)}`);
    say(`what the nodes wrote is in ${join(folder, 'logs')}`);
    return 1;
  } finally {
    await chaos.close(keep);
  }
}

/** The exit code: 0 when every promise about queues held, 1 when one was broken. */
function check(folder: string): number {
  const operations = readOperations(readFileSync(join(folder, 'queues.jsonl'), 'utf8'));
  const ends = readEnds(readFileSync(join(folder, 'queues-end.json'), 'utf8'));
  const { findings } = reviewQueues(operations, ends);
  for (const finding of findings) say(briefly(finding));
  return isClean(findings) ? 0 : 1;
}

function report(
  result: ChaosResult,
  { seed }: ChaosOptions,
  about: { readonly folder: string; readonly begunAt: string; readonly repeat: string },
): void {
  const { findings, episodes, calls, nodes, lengthMs } = result;
  const { folder, begunAt, repeat } = about;
  const title = `chaos, seed ${seed}, ${begunAt}`;
  const picture = drawTimeline({ ...result, title });
  writeFileSync(join(folder, 'timeline.svg'), picture);
  const summary = { command: repeat, seed, nodes: nodes.length, begunAt, lengthMs };
  const text = writeSummary({ ...result, ...summary });
  writeFileSync(join(folder, 'report.md'), text);
  for (const reason of result.leftOut) say(`left out: ${reason}`);
  for (const finding of findings) say(briefly(finding));
  say(`${episodes.length} faults, ${calls.length} calls in ${(lengthMs / 1_000).toFixed(0)} s`);
  say(join(folder, 'report.md'));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
