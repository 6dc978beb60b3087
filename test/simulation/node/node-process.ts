import {
  decodeMessage,
  encode,
  NO_MEMBERS,
  nodeOf,
  proposerId,
  RaftNode,
  startGroup,
  type ChangeOutcome,
  type CommandOutcome,
  type GroupDriver,
  type LogPort,
  type MembersChange,
  type NoticePort,
  type ReplicaId,
} from '@sinkron/consensus';
import { ReplicaView } from '../checks/replica-view.js';
import { DiskFailure } from '../disk/disk-failure.js';
import type { StateView } from '../disk/state-view.js';
import type { Prng } from '../random/prng.js';
import { Acquirer } from '../requests/acquirer.js';
import { Gateway } from '../requests/gateway.js';
import { LeaseCalls } from '../requests/lease-calls.js';
import { ReceiveCalls } from '../requests/receives/receive-calls.js';
import { RequestServer } from '../requests/request-server.js';
import { WaitingCalls } from '../requests/waiting-calls.js';
import { Digest } from '../world/digest.js';
import type { Machine } from './machine.js';
import { Messenger } from './messenger.js';
import { NodeEvents } from './node-events.js';
import { PeerLiveness } from './peer-liveness.js';
import type { Surroundings } from './surroundings.js';

export const GROUP = 'coordination';

/** How long a stopping node waits for its last answers, and for another leader, microseconds. */
const CLOSING_US = 200_000;
const HAND_OVER_US = 300_000;

/** Ticks come late by up to this much, microseconds, as timers do. */
const TICK_JITTER_US = 2000;

/** One life of a node, from its start to its crash: the production driver and what surrounds it. */
export class NodeProcess {
  readonly driver: GroupDriver;
  readonly gateway: Gateway;
  readonly leases: LeaseCalls;
  readonly acquirer: Acquirer;
  readonly waiting: WaitingCalls;
  readonly receives: ReceiveCalls;
  readonly events: NodeEvents;
  readonly state: StateView;
  private readonly raftNode: RaftNode;
  private readonly messenger: Messenger;
  private readonly liveness: PeerLiveness;
  private readonly view: ReplicaView;
  private readonly incarnation: string;
  private readonly random: Prng;
  private readonly whenGone = new Set<() => void>();
  private runRequested = false;
  private beat = 0;
  private hint: string | null = null;
  private knownLeader: ReplicaId | null = null;
  /** Who did not answer, or refused: asked no more until another leader is heard of. */
  private failedLeader: string | null = null;
  /** Digests of the entry that is being applied. */
  private applying = { term: 0, timeMs: 0, entry: 0, outcomes: 0 };

  constructor(
    readonly machine: Machine,
    private readonly around: Surroundings,
    readonly boot: number,
    private readonly stopped: (failure: DiskFailure) => void,
  ) {
    const { nodeId, clock } = machine;
    const { world } = around;
    this.random = machine.random.fork(`boot ${boot}`);
    this.incarnation = this.random.hexadecimal(4);
    this.events = new NodeEvents(
      world,
      () => this.check(),
      (error) => this.failed(error),
    );
    this.liveness = new PeerLiveness({ nodeId, incarnation: this.incarnation }, clock);
    this.messenger = this.makeMessenger();
    this.raftNode = new RaftNode(
      clock,
      this.logPort(),
      { send: (to, bytes, bulk) => this.sendRaft(to, bytes, bulk) },
      { requestRun: () => this.requestRun() },
      this.noticePort(),
    );
    this.state = machine.disks.state.open(
      (run) => this.events.now(run),
      () => this.raftNode.wake(GROUP),
    );
    this.driver = this.startDriver(this.state);
    this.view = new ReplicaView(
      machine.replica,
      `${nodeId}#${boot}`,
      this.driver,
      machine.disks.log,
    );
    this.gateway = this.makeGateway();
    const port = {
      gateway: this.gateway,
      left: () => world.met('waiter gone with its client'),
      closed: () => world.met('waiter answered by a stopping node'),
      nowUs: () => world.nowUs,
      nowMs: () => clock.now().monotonicMs,
      after: (delayUs: number, run: () => void) => this.events.after(delayUs, run),
      usOf: (milliseconds: number) => clock.usOf(milliseconds),
    };
    this.waiting = new WaitingCalls(around.parts.waitingRoom(), port);
    this.acquirer = new Acquirer(this.waiting, port, this.incarnation);
    this.leases = new LeaseCalls(this.gateway, port);
    this.receives = new ReceiveCalls(world, { ...port, term: () => this.driver.raft.term });
    this.events.now(() => this.raftNode.add(this.driver));
    this.tickLater();
  }

  /** Calls of clients that wait here. */
  get waitingCalls(): number {
    return this.waiting.size + this.receives.size;
  }

  /** Runs something of a client of this node, now. */
  onTurn(run: () => void): void {
    this.events.now(run);
  }

  /** `gone` is called when the process dies. @returns ends that. */
  onGone(gone: () => void): () => void {
    this.whenGone.add(gone);
    return () => this.whenGone.delete(gone);
  }

  end(): void {
    this.events.end();
    for (const gone of this.whenGone) gone();
    this.whenGone.clear();
  }

  receive(from: string, bytes: Uint8Array): void {
    this.events.now(() => this.messenger.receive(from, bytes));
  }

  /** Hands the group's leadership over, if this replica has it. */
  transfer(to: ReplicaId): void {
    this.events.now(() => this.beginTransfer(to));
  }

  /**
   * As the production node ends: those that wait are answered, then whoever is furthest may lead.
   *
   * @param done called when another leads, or is not about to.
   */
  handOver(done: () => void): void {
    this.events.now(() => {
      this.waiting.close();
      this.receives.close();
      this.events.after(CLOSING_US, () => {
        const { raft } = this.driver;
        const successor = raft.leadership?.successor() ?? null;
        if (successor === null) return done();
        this.beginTransfer(successor);
        this.around.world.met('leadership handed over at a stop');
        this.events.after(HAND_OVER_US, done);
      });
    });
  }

  /** @returns null when the process could not answer. */
  changeMembers(change: MembersChange): ChangeOutcome | null {
    let outcome: ChangeOutcome | null = null;
    this.events.now(() => {
      outcome = this.driver.changeMembers(change, this.machine.clock.now());
      this.raftNode.wake(GROUP);
    });
    return outcome;
  }

  private beginTransfer(to: ReplicaId): void {
    const { raft } = this.driver;
    const started = raft.transfer(to, this.machine.clock.now());
    if (started === 'started') this.around.checks.replicas.transferring(to, raft.term);
    this.raftNode.wake(GROUP);
  }

  /** A disk that cannot be trusted ends the process; all else is a violation. */
  private failed(error: unknown): void {
    if (!(error instanceof DiskFailure)) throw error;
    this.stopped(error);
  }

  private makeMessenger(): Messenger {
    const { machine, around, boot, incarnation, events } = this;
    const { nodeId, clock } = machine;
    return new Messenger({ nodeId, boot, incarnation }, around, events, {
      heard: (from, itsBoot, itsIncarnation) => this.liveness.hear(from, itsBoot, itsIncarnation),
      raft: (from, message) => this.raftNode.receive(from, message),
      request: (method, body, reply) =>
        new RequestServer(around.world, clock, this.raftNode, this.driver).handle(
          method,
          body,
          reply,
        ),
      notice: (proposer, body) => this.noticed(proposer, body),
    });
  }

  private makeGateway(): Gateway {
    const { machine, around, incarnation } = this;
    const { nodeId } = machine;
    const proposers = this.random.fork('proposers');
    const unique = (): string => around.parts.proposerUnique(proposers);
    return new Gateway(around.world, { nodeId, incarnation }, unique, {
      nowUs: () => around.world.nowUs,
      leader: () => this.likelyLeader(),
      heardLeader: (leader, asked) => this.heardLeader(leader, asked),
      ask: (node, method, body, replied) => this.messenger.ask(node, method, body, replied),
      after: (delayUs, run) => this.events.after(delayUs, run),
    });
  }

  private noticePort(): NoticePort {
    return {
      notify: (_group, _machine, { proposer, body }) => {
        const node = this.driver.machine.nodeOf(proposerId(proposer));
        if (node !== undefined) this.messenger.notify(node, proposer, body);
      },
    };
  }

  private startDriver(state: StateView): GroupDriver {
    const { machine, around, boot, random } = this;
    const { replica, clock, founding } = machine;
    const { checks, founders, heartbeatMs, parts, world, logKeeping, workload } = around;
    const served = workload.machine((index) => index > checks.replicas.appliedIndex);
    const replayedTo = machine.appliedIndexMax;
    const driver = startGroup(
      {
        group: GROUP,
        replica,
        members: founding ? founders : NO_MEMBERS,
        machines: [served],
        log: this.logPort(),
        state,
        liveness: this.liveness,
        random: random.fork('elections'),
        heartbeatMs,
        formation: founding && parts.formation(boot),
        logKeeping,
      },
      clock.now(),
    );
    // The group machine's outcomes are seen nowhere else as a whole; what it does is its own.
    const apply = driver.machine.apply.bind(driver.machine);
    driver.machine.apply = (entry, instant, decoded) => {
      const outcomes = apply(entry, instant, decoded);
      if (entry.index > checks.replicas.appliedIndex) around.commands.applied(entry, outcomes);
      this.applying = {
        term: entry.term,
        timeMs: entry.timeMs,
        entry: new Digest().text(entry.kind).bytes(entry.data).value,
        outcomes: new Digest().bytes(encode(outcomes.map(keptOf))).value,
      };
      return outcomes;
    };
    state.onApplied = (index, digest) => {
      if (index <= replayedTo) world.met('restart replayed the log');
      machine.appliedIndexMax = Math.max(machine.appliedIndexMax, index);
      checks.replicas.applied(replica, index, { ...this.applying, state: digest });
    };
    state.onInstalled = (point, digest) => {
      this.view.installedIndex = point.index;
      machine.appliedIndexMax = Math.max(machine.appliedIndexMax, point.index);
      checks.replicas.installed(this.view, point, digest);
      workload.installed(state);
    };
    return driver;
  }

  /** The log of the machine as this process sees it: it hears of a flush only while it lives. */
  private logPort(): LogPort {
    const { log } = this.machine.disks;
    return {
      load: () => log.load(),
      entries: (group, from, toExclusive, bytesMax) =>
        log.entries(group, from, toExclusive, bytesMax),
      term: (group, index) => log.term(group, index),
      write: (batch, flushed) => log.write(batch, () => this.events.now(flushed)),
    };
  }

  private check(): void {
    this.around.checks.replicas.afterEvent(this.view, this.driver);
    const { leader } = this.driver.raft;
    if (leader === this.knownLeader) return;
    this.knownLeader = leader;
    this.failedLeader = null;
    if (leader !== null) this.leaderNews();
  }

  private tickLater(): void {
    const { clock } = this.machine;
    const jitterUs = this.random.integer(0, TICK_JITTER_US);
    this.events.after(
      clock.usOf(this.around.heartbeatMs) + jitterUs,
      () => {
        this.tickLater();
        this.beat += 1;
        this.raftNode.tick(this.beat);
      },
      'tick',
    );
  }

  private requestRun(): void {
    if (this.runRequested) return;
    this.runRequested = true;
    this.events.after(0, () => {
      this.runRequested = false;
      this.raftNode.run();
    });
  }

  private likelyLeader(): string {
    const { leader } = this.driver.raft;
    if (this.hint !== null) return this.hint;
    if (leader !== null && nodeOf(leader) !== this.failedLeader) return nodeOf(leader);
    return this.random.pick(this.around.nodes);
  }

  private heardLeader(leader: string | null, asked: string): void {
    const news = leader !== null && leader !== this.hint;
    this.hint = leader;
    if (leader === null) this.failedLeader = asked;
    if (news) this.leaderNews();
  }

  private leaderNews(): void {
    this.waiting.leaderNews();
    this.receives.leaderNews();
  }

  private noticed(proposer: string, body: unknown): void {
    if (this.around.workload.serves === 'queues') this.receives.noticed(body);
    else this.waiting.noticed(proposer, body);
  }

  private sendRaft(to: string, bytes: Uint8Array, bulk: boolean): void {
    this.around.checks.replicas.sent(decodeMessage(bytes).message);
    this.messenger.sendRaft(to, bytes, bulk);
  }
}

/** Without what only a leader can say of it. */
function keptOf(outcome: CommandOutcome): CommandOutcome {
  if (outcome.kind !== 'applied') return outcome;
  const { kind, result, replayed } = outcome;
  return { kind, result, replayed };
}
