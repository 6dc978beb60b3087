import { setTimeout as sleep } from 'node:timers/promises';
import { findLeader, isReady } from './node/node-answers.js';
import { exitText, NodeProcess, type Exit } from './node/node-process.js';
import type { Leader, NodeRow } from './output/welcome.js';
import type { NodePlan } from './plan/cluster-plan.js';
import { READY_DEADLINE_MS, READY_POLL_MS, STOP_GRACE_MS } from './limits.js';

export interface LocalClusterOptions {
  readonly plans: readonly NodePlan[];
  /** The built server's main.js. */
  readonly serverFile: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (node: NodeProcess, line: string) => void;
  readonly onExit: (node: NodeProcess, exit: Exit) => void;
  readonly readyDeadlineMs?: number;
  readonly stopGraceMs?: number;
}

/** A node that did not become ready, why, and the last that it wrote. */
export interface StartFailure {
  readonly nodeId: string;
  readonly reason: string;
  readonly lastLines: readonly string[];
}

/** The nodes of one cluster on this machine, started and stopped together. */
export class LocalCluster {
  readonly nodes: readonly NodeProcess[];

  constructor(private readonly options: LocalClusterOptions) {
    const { plans, serverFile, environment, onLine, onExit } = options;
    this.nodes = plans.map(
      (plan) => new NodeProcess({ plan, serverFile, environment, onLine, onExit }),
    );
  }

  /** Starts all nodes. */
  start(): void {
    for (const node of this.nodes) node.start();
  }

  /**
   * Waits until all these nodes are ready.
   *
   * @param nodes running ones; all by default.
   * @returns nothing when all are, or when `signal` was aborted; else who is not: the nodes that
   *   ended, or after READY_DEADLINE_MS those that are not ready.
   */
  async untilReady(
    signal: AbortSignal,
    nodes: readonly NodeProcess[] = this.nodes,
  ): Promise<readonly StartFailure[]> {
    const deadlineMs = this.options.readyDeadlineMs ?? READY_DEADLINE_MS;
    const deadline = performance.now() + deadlineMs;
    let waiting = nodes;
    while (waiting.length > 0 && !signal.aborted) {
      const ready = await Promise.all(
        waiting.map(async (node) => await isReady(node.plan.httpUrl)),
      );
      const dead = nodes.filter((node) => node.state.kind === 'ended');
      if (dead.length > 0) return dead.map((node) => failure(node, ''));
      waiting = waiting.filter((_, index) => ready[index] === false);
      if (performance.now() >= deadline) {
        const reason = `was not ready after ${deadlineMs / 1_000} s`;
        return waiting.map((node) => failure(node, reason));
      }
      if (waiting.length > 0) await sleep(READY_POLL_MS);
    }
    return [];
  }

  /** The leader, by the word of the nodes that can answer. */
  async leader(): Promise<Leader> {
    const running = this.nodes.filter((node) => node.state.kind === 'running');
    return await findLeader(running.map((node) => node.plan.httpUrl));
  }

  rows(): readonly NodeRow[] {
    return this.nodes.map((node) => ({ plan: node.plan, pid: node.pid, state: stateText(node) }));
  }

  /**
   * Stops all nodes, paused ones too; their data stays.
   *
   * @returns the names of those that had to be killed.
   */
  async stop(): Promise<readonly string[]> {
    const graceMs = this.options.stopGraceMs ?? STOP_GRACE_MS;
    const clean = await Promise.all(this.nodes.map(async (node) => await node.stop(graceMs)));
    return this.nodes.filter((_, index) => clean[index] === false).map((node) => node.plan.nodeId);
  }

  /** Kills all nodes at once, without waiting. */
  killNow(): void {
    for (const node of this.nodes) node.killNow();
  }
}

function failure(node: NodeProcess, reason: string): StartFailure {
  const { state, plan, lastLines } = node;
  return {
    nodeId: plan.nodeId,
    reason: state.kind === 'ended' ? exitText(state.exit) : reason,
    lastLines: [...lastLines],
  };
}

function stateText(node: NodeProcess): string {
  const { state } = node;
  return state.kind === 'ended' ? exitText(state.exit) : state.kind;
}
