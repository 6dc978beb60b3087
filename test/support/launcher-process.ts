import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { eventually } from './eventually.js';
import { onFailedTest } from './failed-test.js';
import { READY_DEADLINE_MS } from './limits.js';

/** The launcher as `npm run build` leaves it; scripts/start.mjs runs the same. */
export const LAUNCHER_FILE = join(
  __dirname,
  '../../dist/apps/local-cluster/apps/local-cluster/src/main.js',
);

/** The program behind `npm start`, driven through pipes. */
export class LauncherProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly ended: Promise<number | NodeJS.Signals>;
  private readonly forgetFailures: () => void;
  private output = '';
  private errors = '';
  /** Characters of the output that expectations have gone past. */
  private seen = 0;

  constructor(argv: readonly string[]) {
    if (!existsSync(LAUNCHER_FILE)) throw new Error(`${LAUNCHER_FILE} is missing: npm run build`);
    this.child = spawn(process.execPath, [LAUNCHER_FILE, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin.on('error', () => undefined);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = new Promise((done) => {
      this.child.on('close', (code, signal) => {
        done(signal ?? code ?? -1);
      });
    });
    this.forgetFailures = onFailedTest(() => {
      process.stderr.write(`--- launcher ---\n${this.output}\n${this.errors}\n`);
    });
  }

  /** What it wrote to stderr: refusals and failures. */
  get stderr(): string {
    return this.errors;
  }

  /** Waits for output that comes after all that was waited for before; returns the match. */
  async sees(pattern: RegExp, deadlineMs = READY_DEADLINE_MS): Promise<RegExpExecArray> {
    return await eventually(`the launcher prints ${pattern.source}`, deadlineMs, () => {
      const match = pattern.exec(this.output.slice(this.seen));
      const { exitCode, signalCode } = this.child;
      if (match === null && (exitCode !== null || signalCode !== null)) {
        const how = signalCode ?? `code ${exitCode}`;
        throw new Error(`the launcher ended with ${how} before it printed ${pattern.source}`);
      }
      if (match === null) return undefined;
      this.seen += match.index + match[0].length;
      return match;
    });
  }

  type(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  closeInput(): void {
    this.child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Its exit code, or the signal that ended it. */
  async exit(): Promise<number | NodeJS.Signals> {
    return await this.ended;
  }

  /** For the end of a test, however it ended: SIGTERM, so that it takes its nodes along. */
  async close(): Promise<void> {
    this.forgetFailures();
    this.child.kill('SIGTERM');
    await this.ended;
  }
}
