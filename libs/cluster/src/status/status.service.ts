import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import {
  ConsensusService,
  decode,
  encode,
  MalformedError,
  nodeOf,
  TupleReader,
} from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import { STATUS_INTERVAL_MS } from '../limits.js';
import { LeaderWatch } from '../routing/leader-watch.js';

const STATUS_TOPIC = 'status';

/** What one node says of one group. */
export interface GroupStatus {
  readonly id: string;
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  readonly replicas: readonly string[];
}

/** Spreads who leads what, so that every node can find every leader, also without a replica. */
@Injectable()
export class StatusService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(StatusService.name);
  /** The latest status of groups by peers. */
  private readonly remote = new Map<string, GroupStatus>();
  /** The leaders that were written to the log last. */
  private readonly logged = new Map<string, string | null>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly leaders: LeaderWatch,
  ) {}

  onModuleInit(): void {
    this.transport.onEvents(STATUS_TOPIC, (from, messages) => {
      for (const message of messages) this.receive(from, message);
    });
  }

  start(): void {
    let sinceSentMs = STATUS_INTERVAL_MS;
    this.timer ??= setInterval(() => {
      const changed = this.lookAround();
      sinceSentMs += this.configuration.heartbeatMs;
      if (!changed && sinceSentMs < STATUS_INTERVAL_MS) return;
      sinceSentMs = 0;
      this.send();
    }, this.configuration.heartbeatMs);
  }

  /** Every group this node knows of. */
  groups(): readonly GroupStatus[] {
    const local = this.local();
    const here = new Set(local.map((status) => status.id));
    const elsewhere = [...this.remote.values()].filter((status) => !here.has(status.id));
    return [...local, ...elsewhere].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** How far a group is committed, as far as its leader and peers have told; null: nobody has. */
  commitIndex(group: string): number | null {
    const raft = this.consensus.group(group)?.raft;
    const told = this.remote.get(group)?.commitIndex;
    if (raft?.roleName === 'leader') return raft.commitIndex;
    return told === undefined ? null : Math.max(told, raft?.commitIndex ?? 0);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private local(): readonly GroupStatus[] {
    return this.consensus.groups().map(({ group, raft }) => ({
      id: group,
      term: raft.term,
      leader: raft.leader === null ? null : nodeOf(raft.leader),
      commitIndex: raft.commitIndex,
      replicas: raft.members.voters.map(nodeOf),
    }));
  }

  /** @returns whether the leader of a group with a replica here has changed. */
  private lookAround(): boolean {
    let changed = false;
    for (const { id, term, leader } of this.local()) {
      this.leaders.heard(id, { term, nodeId: leader });
      // Peers may have told of it before the own replica knew.
      const known = this.leaders.leader(id);
      if (this.logged.get(id) === known) continue;
      this.logged.set(id, known);
      changed = true;
      const text = known === null ? `${id} has no leader` : `${known} leads ${id}`;
      this.logger.log(text, { group: id, term, leader: known });
    }
    return changed;
  }

  private send(): void {
    const groups = this.local();
    if (groups.length === 0) return;
    const message = encode(
      groups.map(({ id, term, leader, commitIndex, replicas }) => [
        id,
        term,
        leader,
        commitIndex,
        replicas,
      ]),
    );
    for (const peer of this.configuration.peers) {
      if (peer.nodeId === this.configuration.nodeId) continue;
      this.transport.sendEvent(peer.nodeId, STATUS_TOPIC, message);
    }
  }

  private receive(from: string, message: Uint8Array): void {
    let groups: readonly GroupStatus[];
    try {
      groups = new TupleReader([decode(message)]).list().map(readStatus);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.logger.warn(`dropped a malformed status from ${from}: ${error.message}`);
      return;
    }
    for (const status of groups) {
      this.leaders.heard(status.id, { term: status.term, nodeId: status.leader });
      const known = this.remote.get(status.id);
      if (known === undefined || isNewer(status, known)) this.remote.set(status.id, status);
    }
  }
}

function isNewer(status: GroupStatus, known: GroupStatus): boolean {
  if (status.term !== known.term) return status.term > known.term;
  return status.commitIndex >= known.commitIndex;
}

function readStatus(value: unknown): GroupStatus {
  const reader = new TupleReader(value);
  return {
    id: reader.text(),
    term: reader.natural(),
    leader: reader.textOrNull(),
    commitIndex: reader.natural(),
    replicas: reader.list().map((replica) => new TupleReader([replica]).text()),
  };
}
