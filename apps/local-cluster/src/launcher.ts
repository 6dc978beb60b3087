import { unreachable } from '@sinkron/invariant';
import { parseArguments, type ClusterOptions } from './arguments/arguments.js';
import { helpText, TERMINAL_HELP } from './arguments/help.js';
import { DataFolder } from './folder/data-folder.js';
import { settingsOf } from './folder/settings.js';
import { SAME_SIGNAL_MS } from './limits.js';
import { LocalCluster } from './local-cluster.js';
import { exitText, type Exit, type NodeProcess } from './node/node-process.js';
import { painterFor, type Painter } from './output/colour.js';
import { formatLogLine } from './output/log-line.js';
import { nodeTable, welcomeText } from './output/welcome.js';
import { planCluster, type NodePlan } from './plan/cluster-plan.js';
import { requireFreePorts } from './ports/free-ports.js';
import { Refusal } from './refusal.js';
import { parseCommand } from './terminal/command.js';
import { runNodeAction } from './terminal/node-commands.js';
import { Terminal, type TerminalStreams } from './terminal/terminal.js';

export interface LauncherOptions {
  readonly argv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** The built server's main.js. */
  readonly serverFile: string;
  readonly streams: TerminalStreams;
  /** Refusals and failures. */
  readonly onError: (text: string) => void;
}

/** Exit code after a second Ctrl-C, as of a program that SIGINT has ended. */
const KILLED = 130;

/** The program behind `npm start`: one local cluster from its start to its end. */
export class Launcher {
  private readonly terminal: Terminal;
  private readonly paint: Painter;
  private readonly stopRequested = new AbortController();
  private cluster: LocalCluster | null = null;
  /** Before this the logs are kept back, for the table to stand out. */
  private streaming = false;
  private stopRequestedAt = 0;
  private killed = false;

  constructor(private readonly options: LauncherOptions) {
    const { streams, environment } = options;
    this.paint = painterFor(streams.output.isTTY === true, environment);
    this.terminal = new Terminal(streams, {
      onLine: (line) => {
        this.obey(line);
      },
      onInterrupt: () => {
        this.interrupt('key');
      },
    });
    // Nobody reads any more (`npm start | head`): nothing is left to run for.
    streams.output.on('error', () => {
      if (!this.stopRequested.signal.aborted) this.interrupt('signal');
    });
  }

  /** Runs until it is told to stop. @returns the exit code of the program. */
  async run(): Promise<number> {
    const { argv, environment, workingDirectory } = this.options;
    try {
      const parsed = parseArguments(argv, environment, workingDirectory);
      if (parsed.kind === 'start') return await this.runCluster(parsed.options);
      this.terminal.print(helpText());
      return 0;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.options.onError(error.message);
      return 1;
    }
  }

  /**
   * A wish to stop: the first stops the cluster cleanly, a later one kills it.
   *
   * @param source a signal may be an echo of the same Ctrl-C (SAME_SIGNAL_MS); a key is not.
   */
  interrupt(source: 'signal' | 'key'): void {
    const now = performance.now();
    if (!this.stopRequested.signal.aborted) {
      this.stopRequestedAt = now;
      this.stopRequested.abort();
      return;
    }
    if (source === 'signal' && now - this.stopRequestedAt < SAME_SIGNAL_MS) return;
    this.killed = true;
    this.killNow();
  }

  /** Kills what runs; for the end of this program. */
  killNow(): void {
    this.cluster?.killNow();
  }

  private async runCluster(options: ClusterOptions): Promise<number> {
    const plans = planCluster(options);
    const folder = await DataFolder.claim(options.dataFolder, options.fresh);
    try {
      const ports = plans.flatMap((plan) => [plan.httpPort, plan.peerPort]);
      await requireFreePorts(ports, options.basePort + 100);
      await folder.prepare(settingsOf(options), options.fresh);
      return await this.serve(plans, options.dataFolder);
    } finally {
      this.terminal.close();
      await folder.release();
    }
  }

  private async serve(plans: readonly NodePlan[], dataFolder: string): Promise<number> {
    const startedAt = performance.now();
    const { serverFile, environment } = this.options;
    const cluster = new LocalCluster({
      plans,
      serverFile,
      environment,
      onLine: (node, line) => {
        if (this.streaming) this.terminal.print(formatLogLine(node.plan, line, this.paint));
      },
      onExit: (node, exit) => {
        this.reportExit(node, exit);
      },
    });
    this.cluster = cluster;
    this.terminal.print(`Starting ${plans.length === 1 ? '1 node' : `${plans.length} nodes`} …`);
    cluster.start();
    const { signal } = this.stopRequested;
    const failures = await cluster.untilReady(signal);
    for (const { nodeId, reason, lastLines } of failures) {
      this.options.onError([`${nodeId} ${reason}:`, ...lastLines.map((l) => `  ${l}`)].join('\n'));
    }
    if (failures.length === 0 && !signal.aborted) {
      const leader = await cluster.leader();
      const elapsedMs = performance.now() - startedAt;
      this.terminal.print(welcomeText(cluster.rows(), leader, dataFolder, elapsedMs));
      this.streaming = true;
      this.terminal.open();
      await aborted(signal);
    }
    const clean = await this.stopCluster(cluster);
    return failures.length > 0 || !clean ? (this.killed ? KILLED : 1) : 0;
  }

  private async stopCluster(cluster: LocalCluster): Promise<boolean> {
    this.streaming = false;
    this.terminal.hidePrompt();
    this.terminal.print('Stopping all nodes; their data is kept. Ctrl-C again kills them at once.');
    const forced = await cluster.stop();
    if (this.killed) {
      this.options.onError('All nodes were killed; their data is kept.');
      return false;
    }
    if (forced.length > 0) {
      this.options.onError(`Killed, since not stopped in time: ${forced.join(', ')}.`);
      return false;
    }
    this.terminal.print('All nodes have stopped.');
    return true;
  }

  private reportExit(node: NodeProcess, exit: Exit): void {
    if (!this.streaming) return;
    const { plan, lastLines } = node;
    if (exit.expected) {
      this.terminal.print(`${plan.nodeId} ${exitText(exit)}.`);
      return;
    }
    const lines = lastLines.map((line) => `  ${formatLogLine(plan, line, this.paint)}`);
    const text = `${plan.nodeId} ${exitText(exit)} unexpectedly: type start ${plan.number} to start it again. Its last lines:`;
    this.terminal.print([this.paint('red', text), ...lines].join('\n'));
  }

  private obey(line: string): void {
    const { cluster } = this;
    if (cluster === null || this.stopRequested.signal.aborted) return;
    const print = (text: string): void => {
      this.terminal.print(text);
    };
    const command = parseCommand(line, cluster.nodes.length);
    switch (command.kind) {
      case 'nothing':
        return;
      case 'help':
        print(TERMINAL_HELP);
        return;
      case 'refused':
        print(command.reason);
        return;
      case 'quit':
        this.interrupt('key');
        return;
      case 'status':
        void cluster.leader().then((leader) => {
          print(nodeTable(cluster.rows(), leader));
        });
        return;
      case 'node': {
        const node = cluster.nodes[command.number - 1];
        if (node === undefined) return;
        void runNodeAction(cluster, node, command.action, print, this.stopRequested.signal);
        return;
      }
      default:
        unreachable(command);
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((done) => {
    signal.addEventListener('abort', done, { once: true });
  });
}
