import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.js';
import { JsonClient } from './json-client.js';
import {
  LOG_LINES_MAX,
  LOOK_TIMEOUT_MS,
  PATIENCE_MS,
  READY_DEADLINE_MS,
  STOP_DEADLINE_MS,
} from './limits.js';

/** The server as `npm run build` leaves it; tests run in the folder of package.json. */
export const SERVER_FILE = resolve('dist/apps/node/apps/node/src/main.js');

/** How a process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcessOptions {
  /** Another build of the server than this tree's. */
  readonly serverFile?: string;
  /** Called with every line that it writes. */
  readonly wrote?: (line: string) => void;
  /** Called whenever it has ended, however that came about. */
  readonly ended?: (exit: ServerExit) => void;
}

/** One built server in a process of its own, which can be killed, paused and started again. */
export class ServerProcess {
  readonly http: JsonClient;
  private child: ChildProcess | null = null;
  private ended: Promise<ServerExit> | null = null;
  private readonly lines: string[] = [];

  /** @param environment the server's whole configuration; of this process it gets PATH only. */
  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly options: ServerProcessOptions = {},
  ) {
    const headers = { 'x-timeout-ms': String(PATIENCE_MS) };
    this.http = new JsonClient(`http://127.0.0.1:${environment['HTTP_PORT'] ?? ''}`, headers);
  }

  get nodeId(): string {
    return this.environment['NODE_ID'] ?? '';
  }

  get httpUrl(): string {
    return this.http.baseUrl;
  }

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * What it wrote to stdout and stderr, over all its lives, the oldest lines dropped. While it runs this
   * may lag behind what it answers: see `untilLogged`.
   */
  get log(): readonly string[] {
    return this.lines;
  }

  /** Starts the process, and does not wait until it is ready. */
  spawn(): void {
    if (this.child !== null) throw new Error(`${this.nodeId} runs already`);
    const { serverFile = SERVER_FILE } = this.options;
    if (!existsSync(serverFile)) throw new Error(`${serverFile} is missing: npm run build`);
    const child = spawn(process.execPath, [serverFile], {
      // It ends with this process, by the end of its stdin.
      env: { PATH: process.env['PATH'] ?? '', EXIT_WITH_PARENT: 'true', ...this.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdin.on('error', () => undefined);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        this.keep(line);
      });
    }
    this.ended = new Promise((done) => {
      child.on('exit', (code, signal) => {
        this.keep(`— ended with ${signal ?? `code ${code}`}`);
        this.child = null;
        this.options.ended?.({ code, signal });
      });
      // Later than the exit: by then all that it wrote was read.
      child.on('close', (code, signal) => {
        done({ code, signal });
      });
    });
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    this.spawn();
    await this.untilReady();
  }

  /** Waits until /health/ready says 200; throws when the process ends first. */
  async untilReady(deadlineMs = READY_DEADLINE_MS): Promise<void> {
    await eventually(`${this.nodeId} is ready`, deadlineMs, async () => {
      if (this.child === null) {
        throw new Error(`${this.nodeId} ended before it was ready:\n${this.lines.join('\n')}`);
      }
      const answer = await this.look('/health/ready');
      return answer?.status === 200 ? true : undefined;
    });
  }

  /** Waits until it has written this text, in any of its lives. */
  async untilLogged(text: string): Promise<void> {
    await eventually(`${this.nodeId} writes ${text}`, READY_DEADLINE_MS, () =>
      this.lines.some((line) => line.includes(text)) ? true : undefined,
    );
  }

  /** SIGKILL, and waits until it is gone. Does nothing when it does not run. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM, and waits until it is gone; throws when it is not in time. */
  async stop(): Promise<ServerExit> {
    const { child, ended } = this;
    if (child === null || ended === null) throw new Error(`${this.nodeId} does not run`);
    child.kill('SIGTERM');
    await eventually(`${this.nodeId} stops on SIGTERM`, STOP_DEADLINE_MS, () => {
      return this.child === child ? undefined : true;
    });
    return await ended;
  }

  /** Waits until it ends by itself. */
  async exit(): Promise<ServerExit> {
    if (this.ended === null) throw new Error(`${this.nodeId} was never started`);
    return await this.ended;
  }

  /** SIGSTOP: it answers nothing, but its connections stay. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** GET with a short deadline; undefined when there is no answer. */
  async look(path: string): Promise<{ status: number; body: unknown } | undefined> {
    try {
      return await this.http.send('GET', path, undefined, {}, LOOK_TIMEOUT_MS);
    } catch {
      return undefined;
    }
  }

  private keep(line: string): void {
    this.options.wrote?.(line);
    this.lines.push(line);
    if (this.lines.length > LOG_LINES_MAX) this.lines.shift();
  }
}
