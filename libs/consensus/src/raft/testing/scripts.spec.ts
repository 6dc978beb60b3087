import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScript, parseScript } from './script/script.js';
import { ScriptRunner } from './script/script-runner.js';

/** REWRITE_TRACES=1 writes the output of this run into the scripts; read the diff. */
const rewrite = process.env['REWRITE_TRACES'] === '1';
const folder = join(__dirname, 'testdata');
const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.txt'))
  .toSorted();

describe('Raft: scripted scenarios with golden traces', () => {
  it.each(scripts)('%s', (name) => {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const steps = parseScript(text);
    const runner = new ScriptRunner();
    const outputs = steps.map(({ command }) => runner.run(command));
    if (rewrite) writeFileSync(path, formatScript(steps, outputs));
    else expect(formatScript(steps, outputs)).toBe(text);
  });
});
