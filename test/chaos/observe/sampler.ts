import { setTimeout as sleep } from 'node:timers/promises';
import { field } from '../clients/calls/answers.js';
import type { ChaosNode, NodeState } from '../cluster/chaos-node.js';
import { SAMPLE_INTERVAL_MS } from '../limits.js';

/** What one node said about its leader at one moment. */
export interface Sample {
  /** Milliseconds since the start of the run. */
  readonly at: number;
  readonly nodeId: string;
  readonly state: NodeState;
  /** Null: it knows of none, or does not answer. */
  readonly leader: string | null;
  readonly term: number;
}

/** Asks every node who leads, again and again. */
export class Sampler {
  readonly samples: Sample[] = [];
  private readonly stopped = new AbortController();

  constructor(
    private readonly nodes: () => readonly ChaosNode[],
    private readonly now: () => number,
  ) {}

  /** Who leads according to the highest term of the last two rounds; null when nobody knows. */
  get leader(): string | null {
    const since = this.now() - 3 * SAMPLE_INTERVAL_MS;
    const recent = this.samples.slice(-4 * this.nodes().length).filter(({ at }) => at >= since);
    let best: Sample | undefined;
    for (const sample of recent) {
      if (sample.leader !== null && sample.term >= (best?.term ?? 0)) best = sample;
    }
    return best?.leader ?? null;
  }

  /** Returns when it was stopped. */
  async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await Promise.all(this.nodes().map(async (node) => await this.sample(node)));
      await sleep(SAMPLE_INTERVAL_MS);
    }
  }

  stop(): void {
    this.stopped.abort();
  }

  private async sample(node: ChaosNode): Promise<void> {
    const at = this.now();
    const { nodeId, state } = node;
    const answer = state === 'running' ? await node.look(LEADER_PATH) : undefined;
    const known = answer?.status === 200;
    const leader = known ? String(field(answer.body, 'nodeId')) : null;
    const term = known ? Number(field(answer.body, 'term')) : 0;
    this.samples.push({ at, nodeId, state, leader, term });
  }
}

const LEADER_PATH = '/v1/cluster/leader?group=coordination';
