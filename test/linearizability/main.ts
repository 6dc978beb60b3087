import { readFileSync } from 'node:fs';
import { readCommandLine, USAGE } from './command-line.js';
import { checkLockHistory, readHistory, type LockCheckOptions } from './lock-history.js';

const LINEARIZABLE = 0;
const VIOLATED = 1;
const REFUSED = 2;
const UNDECIDED = 3;

const command = readCommandLine(process.argv.slice(2));
switch (command.kind) {
  case 'check':
    process.exitCode = check(command.file, command.options);
    break;
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'refused':
    process.stderr.write(`${command.reason}\n${USAGE}`);
    process.exitCode = REFUSED;
}

function check(file: string, options: LockCheckOptions): number {
  let records;
  try {
    records = readHistory(readFileSync(file, 'utf8'));
  } catch (error) {
    process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    return REFUSED;
  }
  const startedMs = performance.now();
  const verdict = checkLockHistory(records, options);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  switch (verdict.kind) {
    case 'linearizable': {
      const { locks, operations, steps } = verdict;
      say(`linearizable: ${records.length} calls, ${operations} operations on ${locks} locks`);
      say(`${steps} steps, ${seconds} s`);
      return LINEARIZABLE;
    }
    case 'violation':
      say(`VIOLATED (${seconds} s)`);
      say(verdict.explanation);
      return VIOLATED;
    case 'undecided':
      say(`undecided: ${verdict.about} took more than ${options.stepsMax} steps (${seconds} s)`);
      return UNDECIDED;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
