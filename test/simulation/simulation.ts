import { configuration, replicasOf } from '@sinkron/consensus';
import type { LockRecord } from '../linearizability/lock-history.js';
import { CommandWatch } from './checks/command-watch.js';
import { ReplicaChecks } from './checks/replica-checks.js';
import { Nemesis } from './faults/nemesis.js';
import { KeptDisks } from './membership/kept-disks.js';
import { Operator } from './membership/operator.js';
import { Network } from './network/network.js';
import { Machine, type Disks } from './node/machine.js';
import { HONEST_PARTS, type Parts } from './node/parts.js';
import { SimulatedNode } from './node/simulated-node.js';
import { Prng } from './random/prng.js';
import { drawSimulationOptions, type SimulationOptions } from './simulation-options.js';
import { LockWorkload } from './workload/lock-workload.js';
import { QueueWorkload } from './workload/queues/queue-workload.js';
import type { Workload } from './workload/workload.js';
import type { Coverage } from './world/coverage.js';
import { Trace } from './world/trace.js';
import { expectPromise } from './world/violation.js';
import { World } from './world/world.js';

/** Between two looks whether all replicas agree, microseconds. */
const AGREEMENT_POLL_US = 50_000;

/**
 * Heartbeats within which a healed cluster answers a new write and a read: elections, a leader that
 * has to be found by whoever believes in another one, and disks that still stall.
 */
const SERVING_TICKS_MAX = 100;

/** Heartbeats in which nobody disturbs it, removed replicas least of all: two long timeouts. */
const QUIET_TICKS = 40;

/** Tries of the same until then: a node may have lost the right to name its commands. */
const SERVING_TRIES_MAX = 10;

export interface RunOptions {
  readonly seed: number;
  /** What the clients work with; locks unless it says otherwise. */
  readonly serves?: Workload['serves'];
  /** Queues: nothing is checked inside their machine, so that clients alone have to notice. */
  readonly blind?: boolean;
  readonly parts?: Parts;
  /** Turns the options drawn from the seed to where a certain bug is likely to show. */
  readonly adjust?: (drawn: SimulationOptions) => SimulationOptions;
  /** Gets every line of the trace. */
  readonly print?: (line: string) => void;
}

/** How a run went. */
export interface RunReport {
  readonly seed: number;
  readonly options: SimulationOptions;
  readonly steps: number;
  readonly virtualUs: number;
  readonly commitIndex: number;
  /** From healing until a new write and a read were answered, virtual microseconds; null when not. */
  readonly servingUs: number | null;
  readonly operations: number;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly coverage: Coverage;
  /** What its clients asked for and were told. */
  readonly history: readonly LockRecord[];
  /** Null when everything held. */
  readonly failure: { readonly error: Error; readonly trace: readonly string[] } | null;
}

/**
 * One whole cluster in virtual time: first it is worked and hurt at once, then it is healed, and
 * then it has to answer everything and to agree within a deadline.
 */
export class Simulation {
  private readonly world: World;
  private readonly options: SimulationOptions;
  private readonly nodes: readonly SimulatedNode[];
  private readonly workload: Workload;
  private readonly nemesis: Nemesis;
  private readonly operator: Operator;
  private readonly replicas: ReplicaChecks;
  private finished = false;
  private unanswered = 0;
  private servingUs: number | null = null;

  constructor(private readonly run: RunOptions) {
    const random = new Prng(run.seed);
    const parts = run.parts ?? HONEST_PARTS;
    const drawn = drawSimulationOptions(random.fork('options'));
    this.options = run.adjust?.(drawn) ?? drawn;
    const { options } = this;
    const world = new World(new Trace(run.print ?? null));
    this.world = world;
    const network = new Network(world, random.fork('network'), options.network);
    const machines = options.clocks.map((drift, position) => {
      const nodeId = `n${position + 1}`;
      const own = random.fork(nodeId);
      const founder = position < options.founders;
      return new Machine(nodeId, parts.clock(world, drift), own, founder, (drawn): Disks => {
        const log = parts.logDisk(world, drawn.fork('log'), options.disk);
        const state = parts.stateDisk(world, drawn.fork('state'), options.disk);
        log.onVote = () => this.nemesis.voted(nodeId);
        state.onReceiving = () => this.nemesis.receiving(nodeId);
        state.onReplacing = () => this.nemesis.replacing(nodeId);
        return { log, state };
      });
    });
    const founders = configuration(
      machines.slice(0, options.founders).map((machine) => machine.replica),
    );
    this.replicas = new ReplicaChecks(world, founders);
    for (const { replica, disks } of machines) this.replicas.keeps(replica, disks.log);
    this.workload =
      run.serves === 'queues'
        ? new QueueWorkload(world, parts, options.queues, random, run.blind === true)
        : new LockWorkload(world, parts, options.workload, random);
    const around = {
      world,
      network,
      parts,
      nodes: machines.map((machine) => machine.nodeId),
      founders,
      heartbeatMs: options.heartbeatMs,
      logKeeping: options.logKeeping,
      checks: { replicas: this.replicas },
      workload: this.workload,
      commands: new CommandWatch(world),
    };
    this.nodes = machines.map((machine) => new SimulatedNode(machine, around));
    const kept = new KeptDisks(this.nodes, this.replicas.members);
    this.operator = new Operator(world, this.nodes, random.fork('operator'), kept);
    this.nemesis = new Nemesis(
      world,
      network,
      this.nodes,
      options.faults,
      random.fork('faults'),
      this.replicas.members,
      kept,
      this.operator,
    );
  }

  /** Runs to the end or to the first violation. */
  play(): RunReport {
    const { world, options } = this;
    let failure: RunReport['failure'] = null;
    const straighten = (this.run.parts ?? HONEST_PARTS).bend();
    try {
      for (const node of this.nodes) node.start();
      this.workload.start(this.nodes);
      this.nemesis.start();
      world.schedule(options.faultsUs, () => this.heal());
      while (!this.finished && world.next()) world.endLine();
    } catch (error) {
      world.note(`violated: ${String(error)}`);
      world.endLine();
      const cause = error instanceof Error ? error : new Error(String(error));
      failure = { error: cause, trace: world.trace.tail };
    } finally {
      straighten();
    }
    return {
      seed: this.run.seed,
      options,
      steps: world.step,
      virtualUs: world.nowUs,
      commitIndex: this.replicas.commitIndex,
      servingUs: this.servingUs,
      operations: this.workload.operations,
      traceHash: world.trace.digest,
      coverage: world.coverage,
      history: this.workload.history,
      failure,
    };
  }

  private heal(): void {
    const { world, options } = this;
    world.note('healed');
    this.nemesis.heal();
    const deadlineUs = world.nowUs + options.healedUs;
    this.workload.stop();
    this.expectService();
    this.probeWhenIdle(deadlineUs);
  }

  /** A healed cluster serves soon, whatever the operations from before still wait for. */
  private expectService(): void {
    const { world, options, workload } = this;
    const healedUs = world.nowUs;
    const deadlineUs = healedUs + SERVING_TICKS_MAX * options.heartbeatMs * 1000;
    workload.watch(
      deadlineUs,
      (answered) => {
        expectPromise(answered, 'Liveness: a healed cluster serves within bounded ticks', {
          ticks: SERVING_TICKS_MAX,
        });
        this.servingUs = world.nowUs - healedUs;
        world.note(`serves after ${this.servingUs}us`);
      },
      SERVING_TRIES_MAX,
    );
  }

  /** Every operation under way ends; then each client's further ones must be answered. */
  private probeWhenIdle(deadlineUs: number): void {
    const { world, workload } = this;
    const { busy } = workload;
    const waiting = this.nodes.map(({ id, process }) => [id, process?.waitingCalls]);
    expectPromise(world.nowUs < deadlineUs, 'Liveness: every operation ends', { busy, waiting });
    if (busy.length > 0) {
      world.schedule(AGREEMENT_POLL_US, () => this.probeWhenIdle(deadlineUs));
      return;
    }
    this.unanswered += workload.probe(deadlineUs, (client, answered) => {
      expectPromise(answered, 'Liveness: a healed cluster answers', { client });
      this.unanswered -= 1;
    });
    this.awaitAgreement(deadlineUs);
  }

  private awaitAgreement(deadlineUs: number): void {
    const { world, nodes } = this;
    const states = nodes.map(({ id, process }) => {
      if (process === null) return { id, down: true };
      const { raft, appliedIndex } = process.driver;
      const { roleName, term, lastIndex, commitIndex } = raft;
      return { id, roleName, term, lastIndex, commitIndex, appliedIndex };
    });
    expectPromise(world.nowUs < deadlineUs, 'Liveness: all replicas agree', {
      unanswered: this.unanswered,
      states,
      left: this.workload.leftovers(),
    });
    if (
      this.servingUs === null ||
      this.unanswered > 0 ||
      !this.agreed() ||
      this.workload.leftovers() !== null
    ) {
      world.schedule(AGREEMENT_POLL_US, () => this.awaitAgreement(deadlineUs));
      return;
    }
    this.finishWorkload();
    const before = this.office;
    world.schedule(QUIET_TICKS * this.options.heartbeatMs * 1000, () => {
      const after = this.office;
      expectPromise(before === after, 'a healed cluster keeps its leader', { before, after });
      this.finished = true;
    });
  }

  /** Who leads which term. */
  private get office(): string {
    const leaders = this.nodes.filter((node) => node.leads);
    return leaders.map(({ id, process }) => `${id} t${process?.driver.raft.term}`).join();
  }

  private agreed(): boolean {
    const { commitIndex } = this.replicas;
    const { voters, outgoingVoters } = this.replicas.members.lastCommitted;
    const here = this.membersNow.map(({ machine }) => machine.replica);
    const leaders = this.nodes.filter((node) => node.process?.driver.leads === true);
    return (
      leaders.length === 1 &&
      outgoingVoters.length === 0 &&
      voters.every((voter) => here.includes(voter)) &&
      this.operator.settled &&
      this.membersNow.every(({ process }) => {
        if (process === null) return false;
        const { raft, appliedIndex } = process.driver;
        return raft.lastIndex === commitIndex && appliedIndex === commitIndex;
      })
    );
  }

  /** The nodes whose replicas are members of the group. */
  private get membersNow(): readonly SimulatedNode[] {
    const members = replicasOf(this.replicas.members.lastCommitted);
    return this.nodes.filter(({ machine }) => members.includes(machine.replica));
  }

  private finishWorkload(): void {
    const replicas = this.membersNow.flatMap(({ id, process }) => {
      return process === null ? [] : [{ node: id, driver: process.driver, state: process.state }];
    });
    const [first] = this.membersNow;
    if (first !== undefined) this.workload.finished(replicas, first.machine.clock.now());
  }
}
