import { invariant } from '@sinkron/invariant';
import { encodeCommand, proposerId } from '../../../group/command.js';
import { openProposer } from '../../../group/proposers/proposer-machine.js';
import {
  configuration,
  NO_MEMBERS,
  type Configuration,
} from '../../core/membership/configuration.js';
import type { ChangeOutcome } from '../../core/membership/members-change.js';
import type { GroupDriver, ProposalOutcome } from '../../driver/group-driver.js';
import type { LogKeeping } from '../../driver/limits.js';
import type { GroupState, LogPort } from '../../driver/ports.js';
import { RaftNode } from '../../driver/raft-node.js';
import { nodeOf, replicaOf } from '../../driver/replica-id.js';
import { startGroup } from '../../driver/start-group.js';
import type { ReplicaId } from '../../core/identifiers.js';
import { FixedTimeouts, HEARTBEAT_MS, START_MONOTONIC_MS, START_WALL_MS } from '../replica.js';
import { KeyValueMachine } from './key-value-machine.js';

export const GROUP = 'g';
const PROPOSER = { id: proposerId('client'), nodeId: 'node1', incarnation: 'x' };

export interface NodeDisks {
  readonly log: LogPort;
  readonly state: GroupState;
  /** Does what waits for the disks. @returns whether there was anything. */
  settle(): boolean;
}

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly bulk: boolean;
}

interface RunningNode {
  readonly node: RaftNode;
  readonly driver: GroupDriver;
  readonly machine: KeyValueMachine;
}

/**
 * Whole nodes of one group in one process: real drivers on the disks given, messages encoded, time
 * passing by `beat` only.
 */
export class NodeGroup {
  readonly cut = new Set<string>();
  /** Bulk messages sent so far. */
  bulkSent = 0;
  private readonly nodes = new Map<string, RunningNode>();
  private readonly wantRun = new Set<string>();
  private packets: Packet[] = [];
  private instant = { monotonicMs: START_MONOTONIC_MS, wallMs: START_WALL_MS };
  private sequence = 0;

  /** What each node was told of its members, oldest first. */
  readonly toldMembers = new Map<string, string[]>();

  /** @param founders who form the group; others that have disks may join it by `start`. */
  constructor(
    private readonly founders: readonly string[],
    private readonly disks: ReadonlyMap<string, NodeDisks>,
    private readonly logKeeping: LogKeeping,
  ) {
    for (const id of founders) this.start(id, true);
  }

  /** Starts a node from its disks; one that is no founder does not know the group yet. */
  start(id: string, formation = false): void {
    const { log, state } = this.disksOf(id);
    const machine = new KeyValueMachine();
    const driver = startGroup(
      {
        group: GROUP,
        replica: replica(id),
        members: this.founders.includes(id)
          ? configuration(this.founders.map(replica))
          : NO_MEMBERS,
        machines: [machine],
        log,
        state,
        liveness: { incarnation: () => 'x', silenceMs: () => 0 },
        random: new FixedTimeouts([10 + [...this.disks.keys()].indexOf(id)]),
        heartbeatMs: HEARTBEAT_MS,
        formation,
        logKeeping: this.logKeeping,
      },
      this.instant,
    );
    const node = new RaftNode(
      { now: () => this.instant },
      log,
      { send: (to, bytes, bulk) => this.send({ from: id, to, bytes, bulk }) },
      { requestRun: () => void this.wantRun.add(id) },
      { notify: () => {} },
    );
    const told = this.toldMembers.get(id) ?? [];
    this.toldMembers.set(id, told);
    driver.news.onMembers((members) => told.push(membersText(members)));
    node.add(driver);
    this.nodes.set(id, { node, driver, machine });
  }

  stop(id: string): void {
    this.nodes.delete(id);
    this.wantRun.delete(id);
  }

  driver(id: string): GroupDriver {
    return this.running(id).driver;
  }

  machine(id: string): KeyValueMachine {
    return this.running(id).machine;
  }

  values(id: string): unknown {
    return this.driver(id).machine.query('kv', null, this.instant);
  }

  /** Who leads and serves. */
  get leader(): string | undefined {
    return [...this.nodes].find(([, { driver }]) => driver.leads)?.[0];
  }

  /** One heartbeat of all nodes. */
  beat(): void {
    const { monotonicMs, wallMs } = this.instant;
    this.instant = { monotonicMs: monotonicMs + HEARTBEAT_MS, wallMs: wallMs + HEARTBEAT_MS };
    for (const { node } of this.nodes.values()) node.tick(this.instant.wallMs / HEARTBEAT_MS);
  }

  /** One round of everything: nodes run, disks work, messages arrive. @returns whether there was any. */
  turn(): boolean {
    const running = [...this.wantRun];
    this.wantRun.clear();
    for (const id of running) this.nodes.get(id)?.node.run();
    let worked = running.length > 0;
    for (const id of this.nodes.keys()) worked = this.disksOf(id).settle() || worked;
    const packets = this.packets.splice(0);
    for (const { from, to, bytes } of packets) {
      if (this.cut.has(from) || this.cut.has(to)) continue;
      this.nodes.get(to)?.node.receive(from, bytes);
    }
    return worked || packets.length > 0;
  }

  /** All that is under way is lost. */
  loseAll(): void {
    this.packets = [];
  }

  settle(): void {
    for (let turns = 0; turns < 100_000; turns += 1) if (!this.turn()) return;
    invariant(false, 'NodeGroup: a conversation ends');
  }

  beats(count: number): void {
    for (let beat = 0; beat < count; beat += 1) {
      this.beat();
      this.settle();
    }
  }

  /** Opens the proposer by which `put` proposes. */
  open(id: string, done: () => void = () => {}): void {
    this.propose(id, encodeCommand(openProposer(PROPOSER)), done);
  }

  put(id: string, key: string, bytes: number, done: (outcome: ProposalOutcome) => void): void {
    this.sequence += 1;
    const { sequence } = this;
    const command = {
      machine: 'kv',
      body: [key, new Uint8Array(bytes)],
      id: { proposer: PROPOSER.id, sequence, acknowledgedBelow: sequence },
      idempotency: null,
    };
    this.propose(id, encodeCommand(command), done);
  }

  /** The node `from` hands its leadership over. */
  transfer(from: string, to: string): void {
    const { node, driver } = this.running(from);
    driver.raft.transfer(replica(to), this.instant);
    node.wake(GROUP);
  }

  changeMembers(
    at: string,
    voters: readonly string[],
    learners: readonly string[] = [],
  ): ChangeOutcome {
    const { node, driver } = this.running(at);
    const change = { voters: voters.map(replica), learners: learners.map(replica) };
    const outcome = driver.changeMembers(change, this.instant);
    node.wake(GROUP);
    return outcome;
  }

  /** The members that count at a node. */
  members(id: string): string {
    return membersText(this.driver(id).raft.members);
  }

  /** Whether the disk of the node is at work for a replica that it has forgotten. */
  isEnding(id: string): boolean {
    return this.running(id).node.isEnding(GROUP);
  }

  /** The node forgets its replica. */
  remove(id: string): void {
    this.running(id).node.remove(GROUP);
  }

  private propose(id: string, command: Uint8Array, done: (outcome: ProposalOutcome) => void): void {
    const { node, driver } = this.running(id);
    driver.propose(command, done);
    node.wake(GROUP);
  }

  private send(packet: Packet): void {
    if (packet.bulk) this.bulkSent += 1;
    this.packets.push(packet);
  }

  private running(id: string): RunningNode {
    const running = this.nodes.get(id);
    invariant(running !== undefined, 'NodeGroup: the node runs', { id });
    return running;
  }

  private disksOf(id: string): NodeDisks {
    const disks = this.disks.get(id);
    invariant(disks !== undefined, 'NodeGroup: the node has disks', { id });
    return disks;
  }
}

function replica(node: string): ReplicaId {
  return replicaOf(node, 'disk');
}

/** The numbers of the voters, the outgoing voters and the learners. */
function membersText({ voters, outgoingVoters, learners }: Configuration): string {
  return [voters, outgoingVoters, learners]
    .map((half) => half.map((id) => nodeOf(id).replace('node', '')).join(''))
    .join('|');
}
