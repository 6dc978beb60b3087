import { spawn, type ChildProcess } from 'node:child_process';
import { LAST_LINES_MAX } from '../limits.js';
import type { ExitDuties } from './exit-duties.js';

export interface ServerCommand {
  /** What it is called in errors. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A server of a system under test, in a process of its own that can be killed and started again. */
export class ServerProcess {
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();
  private forget: () => void = () => undefined;
  private lines: string[] = [];

  constructor(
    private readonly command: ServerCommand,
    private readonly duties: ExitDuties,
  ) {}

  get name(): string {
    return this.command.name;
  }

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** The last lines that it wrote, oldest first. */
  get output(): string {
    return this.lines.join('\n');
  }

  start(): void {
    if (this.child !== null) throw new Error(`${this.name} runs already`);
    const { program, args, environment } = this.command;
    // The pipe on stdin closes when the bench ends in any way: a node ends with it.
    const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.lines.push(...text.trimEnd().split('\n'));
        this.lines = this.lines.slice(-LAST_LINES_MAX);
      });
    }
    this.ended = new Promise((done) => {
      const end = (): void => {
        if (this.child === child) this.child = null;
        this.forget();
        done();
      };
      child.on('exit', end);
      child.on('error', (error) => {
        this.lines.push(error.message);
        end();
      });
    });
    this.forget = this.duties.add(() => child.kill('SIGKILL'));
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
  }
}
