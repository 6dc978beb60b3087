import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess, type ServerExit } from '../../support/server-process.js';
import { HttpExchange } from '../clients/calls/http-exchange.js';
import { TERMINATION_DEADLINE_MS } from '../limits.js';

export interface ChaosNodeOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly serverFile: string;
  /** All that it writes goes there. */
  readonly logFile: string;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
}

/** The end of a process that nobody asked for. */
export interface UnaskedExit extends ServerExit {
  readonly nodeId: string;
  readonly at: number;
  readonly lastLines: readonly string[];
}

export type NodeState = 'down' | 'running' | 'paused';

/** Exit codes of a node that has stopped because it could not write, or could not start so. */
const EXITS_OF_BAD_DISKS: readonly (number | null)[] = [70, 78];
const LAST_LINES = 6;
const LIVE_POLL_MS = 100;
/** Milliseconds for an operator's request. */
const ASK_TIMEOUT_MS = 6_000;
/** What a node must never write. */
const BROKEN_LINE = /a broken invariant|an uncaught error|an unhandled rejection/;

/** One node of the cluster, and how it is treated. */
export class ChaosNode {
  readonly nodeId: string;
  readonly exchange: HttpExchange;
  readonly unaskedExits: UnaskedExit[] = [];
  readonly brokenLines: string[] = [];
  /** Ends by failed writes, which are right on a disk that fails. */
  diskStops = 0;
  private readonly process: ServerProcess;
  private paused = false;
  /** It must not be started, whatever other faults undo. */
  private held = false;
  /** The process was told to end. */
  private ending = false;
  /** Its disk has failed during the life of the process, or fails. */
  private diskFailed = false;
  private diskFails = false;
  /** Lines that this process has written. */
  private lines = 0;

  constructor(private readonly options: ChaosNodeOptions) {
    const { environment, serverFile } = options;
    this.process = new ServerProcess(environment, {
      serverFile,
      wrote: (line) => this.wrote(line),
      ended: (exit) => this.ended(exit),
    });
    this.nodeId = this.process.nodeId;
    this.exchange = new HttpExchange(this.nodeId, this.process.httpUrl);
  }

  get state(): NodeState {
    if (this.process.pid === undefined) return 'down';
    return this.paused ? 'paused' : 'running';
  }

  /** Ends the process; nobody can start it until it is released. */
  async hold(): Promise<void> {
    this.held = true;
    await this.kill();
  }

  release(): void {
    this.held = false;
  }

  /** Does nothing when it runs already, or is held. */
  start(): void {
    if (this.held || this.state !== 'down') return;
    this.ending = false;
    this.paused = false;
    this.diskFailed = this.diskFails;
    this.lines = 0;
    this.process.spawn();
  }

  async untilReady(deadlineMs: number): Promise<void> {
    await this.process.untilReady(deadlineMs);
  }

  /** Waits until it answers, ready or not; not for ever, and not when it is down. */
  async untilLive(deadlineMs: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (this.state !== 'down' && performance.now() < deadline) {
      if ((await this.look('/health/live'))?.status === 200) return;
      await sleep(LIVE_POLL_MS);
    }
  }

  async kill(): Promise<void> {
    this.ending = true;
    await this.process.kill();
  }

  pause(): void {
    if (this.state !== 'running') return;
    this.paused = true;
    this.process.pause();
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.paused = false;
    this.process.resume();
  }

  /** SIGTERM; a node that does not end of it is killed, and counts as broken. */
  async terminate(): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined) return;
    this.resume();
    this.ending = true;
    process.kill(pid, 'SIGTERM');
    const late = new AbortController();
    const inTime = await Promise.race([
      this.process.exit().then(() => true),
      sleep(TERMINATION_DEADLINE_MS, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (inTime) return;
    this.brokenLines.push(
      `${this.nodeId} did not end within ${TERMINATION_DEADLINE_MS} ms of SIGTERM`,
    );
    await this.kill();
  }

  /** From now on, and until the process has ended after `mended`, it may stop of failed writes. */
  diskBreaks(): void {
    this.diskFails = true;
    this.diskFailed = true;
  }

  diskMended(): void {
    this.diskFails = false;
  }

  async look(path: string): Promise<{ status: number; body: unknown } | undefined> {
    return await this.process.look(path);
  }

  /** Undefined when there is no answer. */
  async ask(method: 'POST' | 'DELETE', path: string, body?: object): Promise<number | undefined> {
    try {
      return (await this.process.http.send(method, path, body, {}, ASK_TIMEOUT_MS)).status;
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.kill();
    await this.exchange.close();
    await this.process.http.close();
  }

  private wrote(line: string): void {
    this.lines += 1;
    appendFileSync(this.options.logFile, `${line}\n`);
    if (BROKEN_LINE.test(line)) this.brokenLines.push(`${this.nodeId}: ${line}`);
  }

  private ended(exit: ServerExit): void {
    this.paused = false;
    if (this.diskFailed && EXITS_OF_BAD_DISKS.includes(exit.code)) {
      this.diskStops += 1;
      return;
    }
    if (this.ending && (exit.code === 0 || exit.signal === 'SIGKILL')) return;
    // Told to end before it has begun (the last line is about its end): there is nothing to drain.
    if (this.ending && exit.signal === 'SIGTERM' && this.lines <= 1) return;
    const lastLines = this.process.log.slice(-LAST_LINES);
    const { nodeId } = this;
    this.unaskedExits.push({ ...exit, nodeId, at: this.options.now(), lastLines });
  }
}
