import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueOperation } from '../queues/queue-operation.js';
import { Prng } from '../simulation/random/prng.js';
import { eventually } from '../support/eventually.js';
import { Beliefs } from './checks/locks/beliefs.js';
import { found, type Finding } from './checks/check.js';
import {
  checkKept,
  checkLeaders,
  checkProcesses,
  checkProgress,
  checkWaiters,
} from './checks/cluster-checks.js';
import { checkAnswers, DocumentedAnswers } from './checks/documented-answers.js';
import { checkExclusion, checkTokens } from './checks/locks/exclusion.js';
import { checkAgreement, checkServes, untilQuiet } from './checks/final-state.js';
import { checkLeases } from './checks/locks/leases.js';
import { checkHistory } from './checks/locks/linearizability.js';
import type { GroupTally } from './checks/queues/queue-checks.js';
import type { Call } from './clients/calls/call.js';
import { FencedStorage } from './clients/locks/fenced-storage.js';
import { Load } from './clients/load.js';
import { ChaosCluster } from './cluster/chaos-cluster.js';
import { CALM_MS, START_DEADLINE_MS, TAIL_MS } from './limits.js';
import { Nemesis, type Episode } from './nemesis/nemesis.js';
import { drawSchedule } from './nemesis/schedule.js';
import { Sampler, type Sample } from './observe/sampler.js';
import { QueuesOfRun } from './queues-of-run.js';
import { Recorder } from './recorder.js';

export interface ChaosRunOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly nodes: number;
  /** An existing folder, for all files of the run. */
  readonly folder: string;
  readonly serverFile: string;
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  readonly findings: readonly Finding[];
  readonly episodes: readonly Episode[];
  readonly samples: readonly Sample[];
  readonly calls: readonly Call[];
  /** What was done with messages of queues. */
  readonly operations: readonly QueueOperation[];
  readonly tallies: readonly GroupTally[];
  readonly leftOut: readonly string[];
  readonly nodes: readonly string[];
  readonly lengthMs: number;
}

/** One run: a cluster, load, faults, healing, and what became of the promises. */
export class ChaosRun {
  private readonly random: Prng;
  private readonly recorder: Recorder;
  private readonly storage: FencedStorage;
  private startedAt = performance.now();

  private constructor(
    private readonly options: ChaosRunOptions,
    private readonly cluster: ChaosCluster,
    random: Prng,
  ) {
    this.random = random;
    this.recorder = new Recorder(options.folder);
    this.storage = new FencedStorage(() => this.now());
  }

  /** A run whose nodes do not run yet. */
  static async prepare(options: ChaosRunOptions): Promise<ChaosRun> {
    const random = new Prng(options.seed);
    const jitter = random.fork('jitter');
    const { nodes, folder, serverFile } = options;
    const smallDiskAt = random.fork('small disk').integer(0, nodes);
    let run: ChaosRun | null = null;
    const cluster = await ChaosCluster.create({
      nodes,
      folder,
      serverFile,
      smallDiskAt,
      chance: () => jitter.integer(0, 1_000) / 1_000,
      now: () => run?.now() ?? 0,
    });
    run = new ChaosRun(options, cluster, random);
    return run;
  }

  async play(): Promise<ChaosResult> {
    const { cluster, recorder } = this;
    const { say, minutes } = this.options;
    await cluster.start();
    const documented = await this.readDocument();
    this.startedAt = performance.now();
    const sampler = new Sampler(
      () => cluster.nodes,
      () => this.now(),
    );
    const sampling = sampler.run();
    const queues = await QueuesOfRun.begin({
      cluster,
      recorder,
      random: this.random.fork('queues'),
      folder: this.options.folder,
      now: () => this.now(),
    });
    const load = this.beginLoad();
    const nemesis = new Nemesis({ cluster, leader: () => sampler.leader, now: () => this.now() });
    const faultsMs = minutes * 60_000 - TAIL_MS;
    await nemesis.play(this.drawFaults(faultsMs), faultsMs);
    nemesis.heal();
    say(`${(this.now() / 1_000).toFixed(0)} s: healed; ${recorder.calls.length} calls`);
    const settles = found(
      'after the faults the voters are those that the members call for',
      `${cluster.nodes.length} members`,
      await nemesis.members.settle(),
    );
    const serves = await checkServes(cluster.nodes, () => this.now());
    await sleep(CALM_MS);
    await Promise.all([load.stop(), queues.stop()]);
    const [final, drained] = await Promise.all([this.checkFinalState(serves), queues.finish()]);
    const lengthMs = this.now();
    sampler.stop();
    await sampling;
    await recorder.close();
    const { findings, tallies } = queues.review();
    return {
      findings: [
        settles,
        ...final,
        drained,
        ...this.checkCalls(documented),
        ...findings,
        checkLeaders(sampler.samples),
      ],
      episodes: nemesis.episodes,
      samples: sampler.samples,
      calls: recorder.calls,
      operations: recorder.operations,
      tallies,
      leftOut: this.leftOut(),
      nodes: cluster.everyNode.map(({ nodeId }) => nodeId),
      lengthMs,
    };
  }

  /** Ends every process. @param keep whether what the nodes have stored stays. */
  async close(keep: boolean): Promise<void> {
    await this.cluster.close();
    if (!keep) rmSync(join(this.options.folder, 'disks'), { recursive: true, force: true });
  }

  private now(): number {
    return performance.now() - this.startedAt;
  }

  private beginLoad(): Load {
    const { cluster, random, recorder, storage } = this;
    return new Load({
      random: random.fork('load'),
      nodes: () => cluster.exchanges,
      storage,
      now: () => this.now(),
      record: (call) => recorder.record(call),
    });
  }

  private drawFaults(lengthMs: number): ReturnType<typeof drawSchedule> {
    const { failingDisks, smallDisk } = this.cluster;
    return drawSchedule(this.random.fork('faults'), {
      lengthMs,
      failingDisks: typeof failingDisks !== 'string',
      smallDisk: typeof smallDisk !== 'string',
    });
  }

  private leftOut(): readonly string[] {
    const { failingDisks, smallDisk } = this.cluster;
    return [
      ...(typeof failingDisks === 'string' ? [`failing and slow disks: ${failingDisks}`] : []),
      ...(typeof smallDisk === 'string' ? [`a full disk: ${smallDisk}`] : []),
    ];
  }

  private async readDocument(): Promise<DocumentedAnswers> {
    // It is long, and made at the first request.
    return await eventually('a node serves the OpenAPI document', START_DEADLINE_MS, async () => {
      const answer = await this.cluster.nodes[0]?.look('/docs-json');
      return answer?.status === 200 ? new DocumentedAnswers(answer.body) : undefined;
    });
  }

  /** What can only be seen when nobody calls any more. */
  private async checkFinalState(serves: Finding): Promise<readonly Finding[]> {
    const { nodes } = this.cluster;
    const listed = await untilQuiet(nodes);
    const agreement = await checkAgreement(nodes);
    return [
      serves,
      agreement,
      checkKept(this.recorder.records, listed),
      checkWaiters(listed),
      checkProcesses(this.cluster.everyNode),
    ];
  }

  private checkCalls(documented: DocumentedAnswers): readonly Finding[] {
    const { records, calls } = this.recorder;
    const { violations, accepted } = this.storage;
    const beliefs = new Beliefs(records);

    const names = this.cluster.foundersLeft;
    return [
      checkProgress(records, names, accepted),
      checkExclusion(beliefs),
      found(
        'a storage that checks tokens never sees two writers',
        `${accepted} writes`,
        violations,
      ),
      checkTokens(beliefs),
      checkLeases(records, beliefs),
      checkHistory(records),
      checkAnswers(calls, documented),
    ];
  }
}
