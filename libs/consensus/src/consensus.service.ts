import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, nodeId, type NodeId, type SinkronConfiguration } from '@sinkron/config';
import { DataDirectory } from '@sinkron/storage';
import { LocalIdentity, PeerTransport, WallInterval } from '@sinkron/transport';
import { randomInt } from 'node:crypto';
import { MalformedError } from './codec/tuple.js';
import { FATAL, type Fatal } from './fatal.js';
import type { Liveness } from './group/proposers/proposer-machine.js';
import type { ReplicatedMachine } from './group/replicated-machine.js';
import type { Configuration } from './raft/core/membership/configuration.js';
import type { ChangeOutcome, MembersChange } from './raft/core/membership/members-change.js';
import type { ReplicaId } from './raft/core/identifiers.js';
import type { Random } from './raft/core/role/election/election-timer.js';
import type { Instant } from './raft/core/instant.js';
import type { GroupDriver, ProposalOutcome, ReadOutcome } from './raft/driver/group-driver.js';
import { logPort } from './raft/disk/log-port.js';
import { statePort } from './raft/disk/state-port.js';
import type { LogPort } from './raft/driver/ports.js';
import { nodeOf } from './raft/driver/replica-id.js';
import { turnRandom } from './raft/driver/timing/turn-random.js';
import { RaftNode } from './raft/driver/raft-node.js';
import {
  LeadershipTransfers,
  type TransferOutcome,
} from './raft/driver/transfer/leadership-transfers.js';
import { startGroup } from './raft/driver/start-group.js';
import { NoticeCourier, type NoticeListener } from './notice-courier.js';
import { RaftCourier } from './raft-courier.js';
import { RaftMetrics } from './raft-metrics.js';
import { RunTurns } from './run-turns.js';
import { SnapshotWarnings } from './snapshot-warnings.js';

/** The members that count for this node's replica of the group have become these. */
export type MembersListener = (group: string, members: Configuration) => void;

/** Another replica leads, or none, as far as this node's replica of the group knows. */
export type LeaderListener = (driver: GroupDriver) => void;

export interface GroupPlan {
  readonly group: string;
  readonly replica: ReplicaId;
  /** The founders, or `NO_MEMBERS` for a replica that is to join. */
  readonly members: Configuration;
  readonly machines: readonly ReplicatedMachine[];
  readonly formation: boolean;
  /** At a formation: whether this founder is the one whom the others let campaign first. */
  readonly first?: boolean;
}

const RANDOM: Random = { integer: (from, toExclusive) => randomInt(from, toExclusive) };

/**
 * Runs the replicas of this node: binds the deterministic driver to clock, timer, disk and peers.
 *
 * It is the only caller of the driver, and every call happens on the event loop, one at a time.
 */
@Injectable()
export class ConsensusService implements OnApplicationShutdown {
  private readonly logger = new Logger(ConsensusService.name);
  private readonly snapshotWarnings = new SnapshotWarnings();
  private readonly node: RaftNode;
  private readonly notices: NoticeCourier;
  private readonly transfers: LeadershipTransfers;
  private readonly membersListeners: MembersListener[] = [];
  private readonly leaderListeners: LeaderListener[] = [];
  private readonly tickListeners: ((beat: number) => void)[] = [];
  private heartbeats: WallInterval | undefined;
  private readonly turns = new RunTurns(
    () => this.run(),
    (run) => this.guarded(run),
  );
  private stopped = false;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly transport: PeerTransport,
    private readonly identity: LocalIdentity,
    private readonly metrics: RaftMetrics,
    @Inject(FATAL) private readonly fatal: Fatal,
  ) {
    this.notices = new NoticeCourier({
      nodeId: configuration.nodeId,
      transport,
      nodeOf: (group, proposer) => this.node.group(group)?.machine.nodeOf(proposer),
      guarded: (change) => this.guarded(change),
    });
    this.transfers = new LeadershipTransfers(configuration.heartbeatMs);
    const courier = new RaftCourier(configuration.nodeId, transport);
    this.node = new RaftNode(
      this,
      this.logPort(),
      courier,
      { requestRun: () => this.turns.request() },
      this.notices,
    );
    courier.onMessages((from, messages) => this.receive(from, messages));
    this.directory.state.onError((error) =>
      this.fatal.stop('the state could not be written', error),
    );
    this.directory.onLogError((error) => this.fatal.stop('the log could not be written', error));
    this.directory.state.onDrained(() => this.wakeAll());
  }

  now(): Instant {
    return { monotonicMs: performance.now(), wallMs: Date.now() };
  }

  /**
   * Starts this node's replica of a group.
   *
   * @returns whether it runs: not while the disk is at work for one that was stopped just before. Then
   * it is to be asked for again.
   * @throws StorageError when its disk cannot be trusted.
   */
  start(plan: GroupPlan): boolean {
    if (this.node.isEnding(plan.group)) return false;
    const driver = startGroup(
      {
        ...plan,
        log: this.logPort(),
        state: statePort(this.directory.state, plan.group, (change) => this.guarded(change)),
        liveness: this.liveness,
        random: plan.first === undefined ? RANDOM : turnRandom(RANDOM, plan.first),
        heartbeatMs: this.configuration.heartbeatMs,
      },
      this.now(),
    );
    driver.news.onMembers((members) => {
      for (const listener of this.membersListeners) listener(plan.group, members);
    });
    driver.news.onLeader(() => {
      for (const listener of this.leaderListeners) listener(driver);
    });
    driver.onSnapshotTrouble((trouble) => {
      this.snapshotWarnings.warn(plan.group, trouble, performance.now());
    });
    this.node.add(driver);
    this.metrics.watch(driver);
    this.startTicking();
    return true;
  }

  /**
   * Forgets a replica that is no member of its group any more: it neither speaks nor answers. Its disk
   * is not erased. Who waits for it is told that it does not know.
   */
  stop(group: string): void {
    const driver = this.node.group(group);
    if (driver === undefined) return;
    this.node.remove(group);
    this.metrics.forget(driver);
  }

  /**
   * Begins a change of a group's members at this node, which has to lead it. `appended` says that
   * it has begun: `onMembers` and `Raft.committedMembers` tell how it goes on.
   */
  changeMembers(group: string, change: MembersChange): ChangeOutcome {
    const driver = this.node.group(group);
    if (driver === undefined) return { kind: 'refused', reason: 'notLeader' };
    const outcome = driver.changeMembers(change, this.now());
    this.node.wake(group);
    return outcome;
  }

  /** Hears of every change to the members of this node's replicas, committed or not. */
  onMembers(listener: MembersListener): void {
    this.membersListeners.push(listener);
  }

  /** Hears at once whenever another leader, or the loss of one, is known to a replica of this node. */
  onLeader(listener: LeaderListener): void {
    this.leaderListeners.push(listener);
  }

  /**
   * Calls back at every heartbeat interval, also while no replica runs here. What is sent then travels
   * with the heartbeats.
   *
   * @param listener gets the number of the interval, the same at the same moment at all nodes, as far as
   * their clocks agree: some do not come, and a clock that is set repeats some.
   */
  onTick(listener: (beat: number) => void): void {
    this.tickListeners.push(listener);
    this.startTicking();
  }

  group(group: string): GroupDriver | undefined {
    return this.node.group(group);
  }

  groups(): readonly GroupDriver[] {
    return this.node.groups();
  }

  /** Whether 90 % of the room for log or state is used: nothing more is proposed here. */
  get storageFull(): boolean {
    return this.directory.log.full || this.directory.state.full;
  }

  /**
   * Proposes an encoded command at this node's replica.
   *
   * @throws MalformedError (as a rejection), see `GroupDriver.propose`.
   */
  propose(driver: GroupDriver, command: Uint8Array): Promise<ProposalOutcome> {
    this.metrics.proposed(driver.group);
    return new Promise((resolve) => {
      driver.propose(command, resolve);
      this.node.wake(driver.group);
    });
  }

  /** Hears what a machine has to say to proposers of this node, wherever it leads; hints only. */
  onNotices(group: string, machine: string, listener: NoticeListener): void {
    this.notices.listen(group, machine, listener);
  }

  /** Resolves when this replica's state includes all that was answered before the call. */
  read(driver: GroupDriver): Promise<ReadOutcome> {
    return new Promise((resolve) => {
      driver.read(resolve);
      this.node.wake(driver.group);
    });
  }

  /**
   * Hands the leadership of a group that this node leads to the replica of another node.
   *
   * Resolves when the other leads and this node has heard it, or when it is clear that it will not.
   */
  transfer(group: string, toNode: string): Promise<TransferOutcome> {
    const driver = this.node.group(group);
    if (driver === undefined) return Promise.resolve({ kind: 'notLeader', leader: null, term: 0 });
    return new Promise((resolve) => {
      this.transfers.begin(driver, toNode, this.now(), resolve);
      this.node.wake(group);
    });
  }

  /**
   * Hands over every group that this node leads, each to the living voter that is furthest, so that
   * nobody has to wait for an election when it stops. Resolves when others lead, or soon anyway.
   */
  async handOver(): Promise<void> {
    await Promise.all(
      this.node.groups().map(async ({ group, raft }) => {
        const successor = raft.leadership?.successor() ?? null;
        if (successor === null || this.stopped) return;
        const outcome = await this.transfer(group, nodeOf(successor));
        this.logger.log(`handed ${group} over to ${nodeOf(successor)}: ${outcome.kind}`);
      }),
    );
  }

  /** Runs `change` on the driver's turn; a broken invariant stops the node. */
  guarded<T>(change: () => T): T | undefined {
    if (this.stopped) return undefined;
    try {
      return change();
    } catch (error) {
      this.fatal.stop('a broken invariant', error);
      return undefined;
    }
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.heartbeats?.stop();
  }

  private readonly liveness: Liveness = {
    incarnation: (node) => {
      if (node === this.configuration.nodeId) return this.identity.incarnation;
      return this.transport.status(nodeId(node))?.identity?.incarnation ?? null;
    },
    silenceMs: (node) => {
      if (node === this.configuration.nodeId) return 0;
      return this.transport.status(nodeId(node))?.lastHeardMs ?? null;
    },
  };

  private receive(from: NodeId, messages: readonly Uint8Array[]): void {
    for (const bytes of messages) {
      this.guarded(() => {
        try {
          this.node.receive(from, bytes);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
          this.logger.warn(`dropped a malformed Raft message from ${from}: ${error.message}`);
        }
      });
    }
  }

  private startTicking(): void {
    if (this.stopped) return;
    this.heartbeats ??= new WallInterval(this.configuration.heartbeatMs, () => {
      // Timers run before waiting messages are read: tick after them, and once (a stalled node
      // would otherwise believe that its leader is silent).
      setImmediate(() => {
        // Where all nodes tick at the same moments, two that draw the same timeout would split the votes.
        const delayMs = this.node.campaignsSoon ? randomInt(this.configuration.heartbeatMs) : 0;
        if (delayMs === 0) this.guarded(() => this.tick());
        else setTimeout(() => this.guarded(() => this.tick()), delayMs);
      });
    });
  }

  private tick(): void {
    // The same number at the same moment at all nodes, as far as their clocks agree.
    const beat = Math.round(Date.now() / this.configuration.heartbeatMs);
    // It runs in this very callback, so that all that a tick sends to a peer shares a frame.
    this.turns.runAfter(() => this.node.tick(beat));
    for (const listener of this.tickListeners) listener(beat);
  }

  private run(): void {
    this.node.run();
    this.transfers.settle(this.now());
  }

  private wakeAll(): void {
    for (const driver of this.node.groups()) this.node.wake(driver.group);
  }

  private logPort(): LogPort {
    return logPort(
      this.directory.log,
      (seconds, change) => {
        this.metrics.flushed(seconds);
        this.guarded(change);
      },
      (error) => this.fatal.stop('the log could not be written', error),
    );
  }
}
