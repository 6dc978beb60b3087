import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import {
  BeatPace,
  ConsensusService,
  MalformedError,
  nodeOf,
  type GroupDriver,
} from '@sinkron/consensus';
import { PeerTransport, WallInterval } from '@sinkron/transport';
import { randomInt } from 'node:crypto';
import type { MemberStatus } from '../core/member-status.js';
import { LEADER_SILENCE_HEARTBEATS, STATUS_INTERVAL_MS } from '../limits.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { LifeSigns } from './core/life-signs.js';
import { StatusBoard } from './core/status-board.js';
import { StatusChanges } from './core/status-changes.js';
import { decodeStatus, encodeStatus, type GroupStatus, type StatusEvent } from './status-event.js';

const STATUS_TOPIC = 'status';

/** Above any number of beats, and far below 2^53. */
const FIRST_BEAT_MAX = 2 ** 47;

/** Shards by their numbers: `queues-2` before `queues-10`. */
const inOrder = new Intl.Collator('en', { numeric: true });

/** What a peer knows, after one of its events. */
export interface PeerNews {
  /** All groups that it has told of last. */
  readonly groups: readonly GroupStatus[];
  readonly membersVersion: number;
}

/** Told of each status event that came. */
export type StatusListener = (from: string, news: PeerNews) => void;

/**
 * Tells the other nodes what this one knows, several times a second, and keeps what they tell: who leads
 * what, so that every node can find every leader, also without a replica; and who is alive.
 */
@Injectable()
export class StatusService implements OnModuleInit, OnApplicationShutdown {
  /** Of the committed list of members that this node has; its owner sets it. 0: none. */
  membersVersion = 0;
  /** Members that were added and have not come yet; the owner of the list sets it. */
  awaited: ReadonlySet<string> = new Set();
  private readonly logger = new Logger(StatusService.name);
  private readonly board = new StatusBoard();
  private readonly changes = new StatusChanges();
  private readonly life: LifeSigns;
  private readonly listeners: StatusListener[] = [];
  /** The leaders that were written to the log last. */
  private readonly loggedLeaders = new Map<string, string | null>();
  /** The members that were last written to the log as dead. */
  private readonly loggedDead = new Set<string>();
  private started = false;
  /** A change is going to be told at the end of this turn. */
  private announcing: NodeJS.Immediate | undefined;
  /** A change waits for the next heartbeat. */
  private isUntold = false;
  private sentAtMs = Number.NEGATIVE_INFINITY;
  /** Where heartbeats are rarer than status events. */
  private interval: WallInterval | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly leaders: LeaderWatch,
  ) {
    this.life = new LifeSigns(configuration.nodeId, randomInt(FIRST_BEAT_MAX), this.nowMs());
  }

  onModuleInit(): void {
    this.consensus.onLeader((driver) => this.heardOwn(driver));
    this.transport.onEvents(STATUS_TOPIC, (from, messages) => {
      for (const message of messages) this.receive(from, message);
    });
  }

  /** Begins to tell the others; called once this node belongs to a cluster. */
  start(): void {
    if (this.started) return;
    this.started = true;
    const { heartbeatMs } = this.configuration;
    // With the heartbeats, unless these are rarer.
    const beats = Math.round(STATUS_INTERVAL_MS / heartbeatMs);
    const pace = heartbeatMs <= STATUS_INTERVAL_MS ? new BeatPace(beats) : null;
    this.consensus.onTick((beat) => {
      // Who did not answer in time is asked again when the own replica still says that it leads.
      for (const driver of this.consensus.groups()) this.heardOwn(driver);
      if (pace?.isDue(beat) === true) this.period();
      else if (this.isUntold) this.send();
    });
    if (pace === null) this.interval = new WallInterval(STATUS_INTERVAL_MS, () => this.period());
  }

  /** Hears every status event of a peer, after its contents were taken. */
  onStatus(listener: StatusListener): void {
    this.listeners.push(listener);
  }

  /** Every group this node knows of; of those without a replica here, a silent leader is left out. */
  groups(): readonly GroupStatus[] {
    const byId = new Map<string, GroupStatus>();
    for (const [id, status] of this.board.newest()) {
      const { leader } = status;
      const heard = leader !== null && this.hearsLeader(leader, id);
      byId.set(id, heard ? status : { ...status, leader: null });
    }
    for (const status of this.local()) byId.set(status.id, status);
    return [...byId.values()].sort((a, b) => inOrder.compare(a.id, b.id));
  }

  /** How far a group is committed, as far as its leader and peers have told; null: nobody has. */
  commitIndex(group: string): number | null {
    const raft = this.consensus.group(group)?.raft;
    if (raft?.roleName === 'leader') return raft.commitIndex;
    const told = this.board.newest().get(group)?.commitIndex;
    return told === undefined ? null : Math.max(told, raft?.commitIndex ?? 0);
  }

  /** What a peer told last of its replica of a group. */
  groupAt(peer: string, group: string): GroupStatus | undefined {
    return this.board.of(peer, group);
  }

  /**
   * Whether another node has said lately that it leads the group: for nodes without a replica, to which it
   * sends no heartbeats. Who has lost its majority ceases to say so.
   */
  hearsLeader(leader: string, group: string): boolean {
    const silenceMs = this.board.leaderSilenceMs(leader, group, this.nowMs());
    const heartbeatsMs = LEADER_SILENCE_HEARTBEATS * this.configuration.heartbeatMs;
    return silenceMs !== null && silenceMs <= heartbeatsMs + STATUS_INTERVAL_MS;
  }

  /**
   * Whether a member is alive, by the freshest news of all nodes that this one hears, directly or through
   * others: for people and for slow repairs. Nothing that must be right depends on it.
   */
  memberStatus(member: string): MemberStatus {
    return this.life.status(member, this.nowMs());
  }

  onApplicationShutdown(): void {
    this.interval?.stop();
    clearImmediate(this.announcing);
  }

  private nowMs(): number {
    return this.consensus.now().monotonicMs;
  }

  private local(): readonly GroupStatus[] {
    return this.consensus.groups().map(({ group, raft, appliedIndex }) => ({
      id: group,
      term: raft.term,
      leader: raft.leader === null ? null : nodeOf(raft.leader),
      commitIndex: raft.commitIndex,
      appliedIndex,
      members: raft.members,
    }));
  }

  /** What an own replica knows of its leader: peers hear at once of what has changed. */
  private heardOwn({ group, raft }: GroupDriver): void {
    const leader = raft.leader === null ? null : nodeOf(raft.leader);
    this.leaders.heard(group, { term: raft.term, nodeId: leader });
    // Peers may have told of it before the own replica knew.
    const known = this.leaders.leader(group);
    if (this.loggedLeaders.get(group) === known) return;
    this.loggedLeaders.set(group, known);
    const text = known === null ? `${group} has no leader` : `${known} leads ${group}`;
    this.logger.log(text, { group, term: raft.term, leader: known });
    if (!this.started) return;
    // Often several groups change in one turn, and more in the next ones: those wait for the heartbeat.
    this.isUntold = true;
    if (this.nowMs() < this.sentAtMs + this.configuration.heartbeatMs) return;
    this.announcing ??= setImmediate(() => {
      this.announcing = undefined;
      this.send();
    });
  }

  private period(): void {
    // The same of groups without a replica here, whose leaders are not told of again until they change.
    for (const group of this.leaders.leaderless()) {
      const { term, leader } = this.board.newest().get(group) ?? { term: 0, leader: null };
      if (leader === null || !this.hearsLeader(leader, group)) continue;
      this.leaders.heard(group, { term, nodeId: leader });
    }
    this.send();
  }

  private send(): void {
    this.isUntold = false;
    this.sentAtMs = this.nowMs();
    const peers = this.transport.peers().map((peer) => peer.nodeId);
    const followed = new Set<string>(peers);
    this.life.follow(followed);
    this.board.follow(followed);
    this.changes.follow(followed);
    this.life.begin(this.nowMs());
    this.logLife(followed);
    this.changes.begin(this.local());
    for (const peer of peers) {
      const life = this.life.reportFor(peer, this.nowMs());
      const { membersVersion } = this;
      const message = encodeStatus({ ...this.changes.for(peer), membersVersion, life });
      this.transport.sendEvent(nodeId(peer), STATUS_TOPIC, message);
    }
  }

  private logLife(members: ReadonlySet<string>): void {
    for (const member of this.loggedDead) if (!members.has(member)) this.loggedDead.delete(member);
    for (const member of members) {
      const status = this.memberStatus(member);
      if (status === 'dead' && !this.loggedDead.has(member) && !this.awaited.has(member)) {
        this.loggedDead.add(member);
        this.logger.warn(`${member} is dead: nobody that is heard here has heard of it`);
      } else if (status === 'alive' && this.loggedDead.delete(member)) {
        this.logger.log(`${member} is alive again`);
      }
    }
  }

  private receive(from: string, message: Uint8Array): void {
    let event: StatusEvent;
    try {
      event = decodeStatus(message);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.logger.warn(`dropped a malformed status from ${from}: ${error.message}`);
      return;
    }
    const sentMs = this.life.receive(from, event.life, this.nowMs());
    const { groups, complete, life, membersVersion } = event;
    const told = this.board.tell(from, { groups, complete, beat: life.beat, sentMs });
    // Another process of it, or the connection was cut: it has missed something of this node, too.
    if (told === 'gap' || life.echo === null) this.changes.missed(from);
    for (const { id, term, leader } of groups) this.leaders.heard(id, { term, nodeId: leader });
    for (const listener of this.listeners) {
      listener(from, { groups: this.board.groupsOf(from), membersVersion });
    }
  }
}
