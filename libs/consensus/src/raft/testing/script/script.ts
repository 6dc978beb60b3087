/** One command of a script, and what it must print. */
export interface Step {
  /** Comments and blank lines before the command, kept as they are. */
  readonly preamble: readonly string[];
  readonly command: string;
  readonly expected: readonly string[];
}

const SEPARATOR = '----';

/**
 * Reads a script: a command, a line of four dashes, its output, a blank line. Lines that begin
 * with # are comments.
 */
export function parseScript(text: string): readonly Step[] {
  const steps: Step[] = [];
  let preamble: string[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '' || line.startsWith('#')) {
      preamble.push(line);
      continue;
    }
    const expected: string[] = [];
    // A new command may stand there without its output: it is written by the first run.
    if (lines[at + 1] === SEPARATOR) {
      at += 2;
      for (; lines[at] !== undefined && lines[at] !== ''; at += 1) expected.push(lines[at] ?? '');
      at -= 1;
    }
    steps.push({ preamble, command: line, expected });
    preamble = [];
  }
  return steps;
}

/** The script with the output of this run, in the form in which `parseScript` reads it. */
export function formatScript(
  steps: readonly Pick<Step, 'preamble' | 'command'>[],
  outputs: readonly (readonly string[])[],
): string {
  const blocks = steps.map(({ preamble, command }, position) => {
    const comments = trimBlank(preamble).map((line) => `${line}\n`);
    const output = (outputs[position] ?? []).map((line) => `${line}\n`);
    return `${comments.join('')}${command}\n${SEPARATOR}\n${output.join('')}`;
  });
  return blocks.join('\n');
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line !== '');
  if (first === -1) return [];
  return lines.slice(first);
}
