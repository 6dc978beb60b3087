import { spawn, type ChildProcess } from 'node:child_process';
import { invariant } from '@sinkron/invariant';
import { LAST_LINES_MAX, STOP_GRACE_MS } from '../limits.js';
import { LineSplitter } from '../output/line-splitter.js';
import type { NodePlan } from '../plan/cluster-plan.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the launcher asked for it; otherwise the node died by itself. */
  readonly expected: boolean;
}

export type NodeState =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' | 'paused' | 'stopping'; readonly pid: number }
  | { readonly kind: 'ended'; readonly exit: Exit };

export interface NodeProcessOptions {
  readonly plan: NodePlan;
  /** The built server's main.js. */
  readonly serverFile: string;
  /** What the node inherits; its plan's own variables win. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (node: NodeProcess, line: string) => void;
  readonly onExit: (node: NodeProcess, exit: Exit) => void;
}

/**
 * One node of the local cluster and the process that it runs in, if any.
 *
 * The process has a group of its own, so that a Ctrl-C in the terminal reaches the launcher only,
 * which stops the nodes in order; its stdin is a pipe that closes when the launcher dies in any
 * way, which ends the server (EXIT_WITH_PARENT).
 */
export class NodeProcess {
  readonly plan: NodePlan;
  private child: ChildProcess | null = null;
  private current: NodeState = { kind: 'new' };
  private lines: string[] = [];
  private ended: Promise<Exit> | null = null;

  constructor(private readonly options: NodeProcessOptions) {
    this.plan = options.plan;
  }

  get state(): NodeState {
    return this.current;
  }

  get pid(): number | undefined {
    return 'pid' in this.current ? this.current.pid : undefined;
  }

  /** The last lines that the process wrote, oldest first; those of the previous run are dropped. */
  get lastLines(): readonly string[] {
    return this.lines;
  }

  /** Starts the process. Invariant: it does not run. */
  start(): void {
    invariant(this.child === null, 'NodeProcess: starts only when it does not run');
    const { serverFile, environment, plan, onExit } = this.options;
    this.lines = [];
    const child = spawn(process.execPath, [serverFile], {
      // See docs/operation.md; whoever starts the cluster may say otherwise.
      env: { MALLOC_ARENA_MAX: '2', ...environment, ...plan.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    // A process that could not be spawned has no pid, and ends by 'error' alone.
    this.current = { kind: 'running', pid: child.pid ?? 0 };
    child.stdin.on('error', () => undefined);
    this.read(child.stdout);
    this.read(child.stderr);
    this.ended = new Promise((done) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.child !== child) return;
        const exit = { code, signal, expected: this.current.kind === 'stopping' };
        this.child = null;
        this.current = { kind: 'ended', exit };
        onExit(this, exit);
        done(exit);
      };
      // 'close' comes after the last line has been read, 'exit' need not.
      child.on('close', end);
      child.on('error', (error) => {
        this.keep(`cannot be started: ${error.message}`);
        end(null, null);
      });
    });
  }

  /** SIGKILL, as if the machine lost power. Does nothing when it does not run. */
  async kill(): Promise<void> {
    this.killNow();
    await this.ended;
  }

  /** SIGKILL without waiting for the end; for the launcher's own end. */
  killNow(): void {
    if (this.child === null) return;
    this.markStopping();
    this.child.kill('SIGKILL');
  }

  /** SIGSTOP: it answers nothing, but its connections stay. */
  pause(): void {
    if (this.current.kind !== 'running') return;
    this.child?.kill('SIGSTOP');
    this.current = { kind: 'paused', pid: this.current.pid };
  }

  resume(): void {
    if (this.current.kind !== 'paused') return;
    this.child?.kill('SIGCONT');
    this.current = { kind: 'running', pid: this.current.pid };
  }

  /**
   * SIGTERM, and SIGKILL when that has not helped in time.
   *
   * @returns whether it ended by itself in time; true when it did not run.
   */
  async stop(graceMs = STOP_GRACE_MS): Promise<boolean> {
    const child = this.child;
    if (child === null) return true;
    this.resume();
    this.markStopping();
    child.kill('SIGTERM');
    let forced = false;
    const timer = setTimeout(() => {
      forced = true;
      child.kill('SIGKILL');
    }, graceMs);
    await this.ended;
    clearTimeout(timer);
    return !forced;
  }

  private markStopping(): void {
    if ('pid' in this.current) this.current = { kind: 'stopping', pid: this.current.pid };
  }

  private read(stream: NodeJS.ReadableStream): void {
    const splitter = new LineSplitter((line) => {
      this.keep(line);
      this.options.onLine(this, line);
    });
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      splitter.push(chunk);
    });
    stream.on('end', () => {
      splitter.end();
    });
    stream.on('error', () => {
      splitter.end();
    });
  }

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LAST_LINES_MAX) this.lines.shift();
  }
}

/** How a process ended, in words: `exited with code 78`, `was ended by SIGKILL`. */
export function exitText(exit: Exit): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return exit.code === null ? 'could not be started' : `exited with code ${exit.code}`;
}
