import {
  configuration,
  decodeMessage,
  encode,
  nodeOf,
  RaftNode,
  replicaOf,
  startGroup,
  type GroupDriver,
  type LogPort,
  type ReplicaId,
} from '@sinkron/consensus';
import { ReplicaView } from '../checks/replica-view.js';
import type { StateView } from '../disk/state-disk.js';
import type { Prng } from '../random/prng.js';
import { Gateway } from '../requests/gateway.js';
import { copiedReply, readReply, replyTuple, type Reply } from '../requests/reply.js';
import { RequestServer, type RequestMethod } from '../requests/request-server.js';
import { LockMachine } from '../workload/lock-protocol.js';
import { Digest } from '../world/digest.js';
import { NodeEvents } from './node-events.js';
import { ObservedMachine } from './observed-machine.js';
import { decodePacket, encodePacket, type PacketContent } from './packet.js';
import { PeerLiveness } from './peer-liveness.js';
import type { Machine } from './machine.js';
import type { Surroundings } from './surroundings.js';

export const GROUP = 'coordination';

/** Ticks come late by up to this much, microseconds, as timers do. */
const TICK_JITTER_US = 2000;

/** One life of a node, from its start to its crash: the production driver and what surrounds it. */
export class NodeProcess {
  readonly driver: GroupDriver;
  readonly gateway: Gateway;
  readonly events: NodeEvents;
  private readonly raftNode: RaftNode;
  private readonly server: RequestServer;
  private readonly liveness: PeerLiveness;
  private readonly view: ReplicaView;
  private readonly incarnation: string;
  private readonly random: Prng;
  private readonly asked = new Map<string, (reply: Reply) => void>();
  private readonly whenGone = new Set<() => void>();
  private runRequested = false;
  private lastRequest = 0;
  private hint: string | null = null;
  /** Digests of the entry that is being applied. */
  private applying = { term: 0, timeMs: 0, entry: 0, outcomes: 0 };

  constructor(
    readonly machine: Machine,
    private readonly around: Surroundings,
    readonly boot: number,
  ) {
    const { nodeId, clock } = machine;
    const { world } = around;
    this.random = machine.random.fork(`boot ${boot}`);
    this.incarnation = this.random.hexadecimal(4);
    this.events = new NodeEvents(world, () => this.check());
    this.liveness = new PeerLiveness({ nodeId, incarnation: this.incarnation }, clock);
    this.raftNode = new RaftNode(
      clock,
      this.logPort(),
      { send: (to, bytes) => this.sendRaft(to, bytes) },
      { requestRun: () => this.requestRun() },
    );
    const state = machine.stateDisk.open(() => this.events.now(() => this.raftNode.wake(GROUP)));
    this.driver = this.startDriver(state);
    this.view = new ReplicaView(nodeId, `${nodeId}#${boot}`, this.driver);
    this.server = new RequestServer(world, clock, this.raftNode, this.driver);
    const proposers = this.random.fork('proposers');
    const identity = { nodeId, incarnation: this.incarnation };
    this.gateway = new Gateway(world, identity, () => around.parts.proposerUnique(proposers), {
      nowUs: () => world.nowUs,
      leader: () => this.likelyLeader(),
      heardLeader: (leader) => {
        this.hint = leader;
      },
      ask: (node, method, body, replied) => this.ask(node, method, body, replied),
      after: (delayUs, run) => this.events.after(delayUs, run),
    });
    this.events.now(() => this.raftNode.add(this.driver));
    this.tickLater();
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
    this.events.now(() => {
      const packet = decodePacket(bytes);
      this.liveness.hear(from, packet.boot, packet.incarnation);
      switch (packet.kind) {
        case 'raft':
          this.noteMessage('<-', packet.message);
          return this.raftNode.receive(from, packet.message);
        case 'request':
          return this.server.handle(packet.method, packet.body, (reply) =>
            this.send(from, {
              kind: 'reply',
              requestId: packet.requestId,
              body: replyTuple(reply),
            }),
          );
        case 'reply': {
          const replied = this.asked.get(packet.requestId);
          this.asked.delete(packet.requestId);
          replied?.(readReply(packet.body));
        }
      }
    });
  }

  private startDriver(state: StateView): GroupDriver {
    const { machine, around, boot, random } = this;
    const { nodeId, clock } = machine;
    const { checks, members, heartbeatMs, parts, world } = around;
    const locks = new ObservedMachine(new LockMachine(), (command, applied, { index }) => {
      if (index > checks.replicas.appliedIndex) checks.clients.applied(command, applied, index);
    });
    const replayedTo = machine.appliedIndexMax;
    const driver = startGroup(
      {
        group: GROUP,
        replica: replicaOfNode(nodeId),
        members: configuration(members.map(replicaOfNode)),
        machines: [locks],
        log: this.logPort(),
        state,
        liveness: this.liveness,
        random: random.fork('elections'),
        heartbeatMs,
        formation: parts.formation(boot),
      },
      clock.now(),
    );
    // The group machine's outcomes are seen nowhere else as a whole; what it does is its own.
    const apply = driver.machine.apply.bind(driver.machine);
    driver.machine.apply = (entry, instant) => {
      const outcomes = apply(entry, instant);
      if (entry.index > checks.replicas.appliedIndex) around.commands.applied(entry, outcomes);
      this.applying = {
        term: entry.term,
        timeMs: entry.timeMs,
        entry: new Digest().text(entry.kind).bytes(entry.data).value,
        outcomes: new Digest().bytes(encode(outcomes)).value,
      };
      return outcomes;
    };
    state.onApplied = (index, digest) => {
      if (index <= replayedTo) world.met('restart replayed the log');
      machine.appliedIndexMax = Math.max(machine.appliedIndexMax, index);
      checks.replicas.applied(nodeId, index, { ...this.applying, state: digest });
    };
    return driver;
  }

  /** The log of the machine as this process sees it: it hears of a flush only while it lives. */
  private logPort(): LogPort {
    const { logDisk } = this.machine;
    return {
      load: () => logDisk.load(),
      entries: (group, from, toExclusive, bytesMax) =>
        logDisk.entries(group, from, toExclusive, bytesMax),
      term: (group, index) => logDisk.term(group, index),
      write: (batch, flushed) => logDisk.write(batch, () => this.events.now(flushed)),
    };
  }

  private check(): void {
    this.around.checks.replicas.afterEvent(this.view, this.driver);
  }

  private tickLater(): void {
    const { clock } = this.machine;
    const jitterUs = this.random.integer(0, TICK_JITTER_US);
    this.events.after(
      clock.usOf(this.around.heartbeatMs) + jitterUs,
      () => {
        this.tickLater();
        this.raftNode.tick();
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
    if (leader !== null) return nodeOf(leader);
    return this.random.pick(this.around.members);
  }

  private ask(
    node: string,
    method: RequestMethod,
    body: unknown,
    replied: (reply: Reply) => void,
  ): void {
    if (node === this.machine.nodeId) {
      this.events.after(0, () =>
        this.server.handle(method, body, (reply) => replied(copiedReply(reply))),
      );
      return;
    }
    this.lastRequest += 1;
    const requestId = `${this.boot}.${this.lastRequest}`;
    this.asked.set(requestId, replied);
    this.send(node, { kind: 'request', requestId, method, body });
  }

  private sendRaft(to: string, bytes: Uint8Array): void {
    this.noteMessage('->', bytes);
    this.around.checks.replicas.sent(this.machine.nodeId, decodeMessage(bytes).message);
    this.send(to, { kind: 'raft', message: bytes });
  }

  private send(to: string, content: PacketContent): void {
    const { boot, incarnation } = this;
    const packet = encodePacket({ boot, incarnation, ...content });
    this.around.network.send(this.machine.nodeId, to, packet, content.kind !== 'raft');
  }

  private noteMessage(direction: '->' | '<-', bytes: Uint8Array): void {
    const { message } = decodeMessage(bytes);
    const { world } = this.around;
    world.note(`${message.from} ${direction} ${message.to} ${message.kind} t${message.term}`);
  }
}

function replicaOfNode(nodeId: string): ReplicaId {
  return replicaOf(nodeId, 'disk');
}
