import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  HELP,
  parseArguments,
  Refusal,
  type Arguments,
  type BenchOptions,
} from './arguments/arguments.js';
import { runLocksBench } from './locks/locks-bench.js';
import { runQueuesBench } from './queues/queues-bench.js';
import { ExitDuties } from './processes/exit-duties.js';
import { replaceResults } from './report/document.js';
import { describeMachine } from './report/machine.js';
import { makeQueuesReport, makeReport, type Report } from './report/report.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_EXIT_CODE = 130;

export interface BenchSetting {
  readonly argv: readonly string[];
  /** The repository. */
  readonly root: string;
  /** main.js of the server that scripts/bench.mjs built. */
  readonly serverFile: string;
}

/** Runs the bench in this process; returns the exit code. */
export async function runBench(setting: BenchSetting): Promise<number> {
  const duties = new ExitDuties();
  process.on('exit', () => {
    duties.run();
  });
  for (const signal of SIGNALS) process.on(signal, () => process.exit(SIGNAL_EXIT_CODE));
  try {
    const parsed = parseArguments(setting.argv);
    if (parsed.kind === 'help') process.stdout.write(HELP);
    else await run(setting, parsed, duties);
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    duties.run();
  }
}

async function run(
  { argv, root, serverFile }: BenchSetting,
  { kind, options }: Exclude<Arguments, { kind: 'help' }>,
  duties: ExitDuties,
): Promise<void> {
  const server = options.serverFile === null ? serverFile : resolve(options.serverFile);
  if (!existsSync(server)) throw new Refusal(`${server} is missing: build the server first.`);
  const machine = describeMachine(root, argv, options.serverFile);
  const setting = {
    options,
    root,
    serverFile: server,
    loadFile: fileURLToPath(new URL('./load/main.js', import.meta.url)),
    duties,
    say: (text: string) => {
      process.stderr.write(`${text}\n`);
    },
  };
  if (kind === 'locks') {
    const result = await runLocksBench(setting);
    write(options, makeReport(machine, result), result);
  } else {
    const result = await runQueuesBench(setting);
    write(options, makeQueuesReport(machine, result), result);
  }
}

function write(options: BenchOptions, report: Report, result: object): void {
  process.stdout.write(`\n${report.markdown}\n`);
  const { jsonFile, documentFile } = options;
  if (jsonFile !== null) {
    const { machine, summaries, goals } = report;
    const content = { machine, options, summaries, goals, ...result };
    writeFileSync(jsonFile, `${JSON.stringify(content, null, 2)}\n`);
  }
  if (documentFile !== null) {
    const document = readFileSync(documentFile, 'utf8');
    writeFileSync(documentFile, replaceResults(document, report.markdown));
  }
}
